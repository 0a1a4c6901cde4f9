// The audit trail in a database: lines of the access log, kept for a time and asked by it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::catalog::rows {

/// Texts are valid UTF-8 without NUL.
struct AuditRow {
  std::int64_t at_ms = 0;  ///< When the request began.
  std::string request_id;  ///< With the time, what names a row.
  std::string recipient;   ///< Empty: nobody is known.
  std::string table;       ///< "share.schema.table"; empty: none.
  bool denied = false;
  std::string line;  ///< The record as the access log writes it in JSON.

  bool operator==(const AuditRow&) const = default;
};

/// What is absent or empty excludes nothing.
struct AuditRange {
  std::optional<std::int64_t> since_ms = {};
  std::optional<std::int64_t> until_ms = {};  ///< Before it.
  std::string recipient = {};
  std::string request_id = {};
  bool denied = false;  ///< Only what was refused.
};

/// Thread-safe; other processes may use the same rows. Nothing here changes the version of the
/// catalog. Errors of all: as of RowStore.
class AuditStore {
 public:
  virtual ~AuditStore() = default;

  /// All of them or none. Rows that are there already, by time and request, stay as they are, so
  /// that what may have failed may be repeated.
  virtual Status Append(std::span<const AuditRow> rows) = 0;

  /// At most `limit`, the oldest first, behind `after` where that is given.
  virtual Result<std::vector<AuditRow>> Select(const AuditRange& range, std::size_t limit,
                                               const AuditRow* after = nullptr) = 0;

  /// In several steps where they are many. How many there were.
  virtual Result<std::int64_t> DeleteBefore(std::int64_t at_ms) = 0;
};

}  // namespace sluice::catalog::rows
