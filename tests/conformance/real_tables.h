// The real tables with what others read from them: $SLUICE_TABLES, else ../shared/tables beside the
// source tree. Each has `table/` and `expected/`; MANIFEST.json lists all.
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluice::conformance {

struct RealTable {
  std::string name;
  std::filesystem::path folder;
  /// The kind of refusal expected of whoever opens it; nullopt where the snapshot is readable.
  std::optional<std::string> snapshot_error;
  /// The version from which `expected/changes.parquet` tells the changes; nullopt without it.
  std::optional<std::int64_t> changes_start;

  std::filesystem::path TableFolder() const { return folder / "table"; }
  /// A file of `expected/` as JSON; nullopt when there is none.
  std::optional<boost::json::value> Expected(const std::string& file) const;
};

/// Empty when the tables are not on this machine.
std::vector<RealTable> LoadRealTables();

}  // namespace sluice::conformance
