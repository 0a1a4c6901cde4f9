// What is read of a file's statistics as JSON. Format: PROTOCOL.md of delta-io/delta, "Per-file
// Statistics".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::delta {

struct FileStats {
  std::optional<std::int64_t> num_records;  ///< Rows of the file, deleted ones included.
  bool tight_bounds = true;                 ///< Stated to be wide: false.
};

/// Text that is no JSON object tells nothing, and neither does a count that is none. Thread-safe.
FileStats ReadFileStats(std::string_view json);

}  // namespace sluice::delta
