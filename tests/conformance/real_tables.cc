#include "real_tables.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sluice::conformance {
namespace {

std::filesystem::path TablesFolder() {
  if (const char* folder = std::getenv("SLUICE_TABLES")) return folder;
  return std::filesystem::path(SLUICE_SOURCE_DIR) / ".." / "shared" / "tables";
}

std::optional<boost::json::value> ReadJson(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return boost::json::parse(text);
}

}  // namespace

std::optional<boost::json::value> RealTable::Expected(const std::string& file) const {
  return ReadJson(folder / "expected" / file);
}

std::vector<RealTable> LoadRealTables() {
  std::vector<RealTable> tables;
  const auto folder = TablesFolder();
  const auto manifest = ReadJson(folder / "MANIFEST.json");
  if (!manifest) return tables;
  for (const auto& entry : manifest->at("entries").as_array()) {
    RealTable table;
    table.name = boost::json::value_to<std::string>(entry.at("name"));
    table.folder = folder / table.name;
    const auto& expected = entry.at("expected").as_object();
    if (const auto* error = expected.if_contains("snapshotError")) {
      table.snapshot_error = boost::json::value_to<std::string>(error->at("kind"));
    }
    if (const auto* start = expected.if_contains("changesStartVersion")) {
      table.changes_start = start->to_number<std::int64_t>();
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace sluice::conformance
