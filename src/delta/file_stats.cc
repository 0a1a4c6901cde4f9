#include "delta/file_stats.h"

#include <simdjson.h>

namespace sluice::delta {

FileStats ReadFileStats(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  FileStats stats;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) return stats;
  std::int64_t records = 0;
  if (object["numRecords"].get(records) == simdjson::SUCCESS && records >= 0) {
    stats.num_records = records;
  }
  bool tight = true;
  if (object["tightBounds"].get(tight) == simdjson::SUCCESS) stats.tight_bounds = tight;
  return stats;
}

}  // namespace sluice::delta
