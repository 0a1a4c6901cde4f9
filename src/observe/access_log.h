// The access log, which is the audit trail too: one line for every request that was answered or
// given up, saying who asked for what, what was sent, and whether it was allowed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "observe/log_file.h"

namespace sluice::observe {

struct AccessRecord {
  std::int64_t time_ms = 0;  ///< When the request began, milliseconds since the epoch.
  std::string request_id;
  std::string remote;     ///< The peer's address, "192.0.2.1:5000".
  std::string recipient;  ///< Its name, never its token; empty when nobody is known.
  std::string admin;      ///< The same of who asks the admin API, who is no recipient.
  std::string method;
  std::string path;  ///< As sent, without the query part: that may hold a signature.
  std::string
      endpoint;    ///< A name of a closed set, "query" or "list_shares"; "other" if none fits.
  int status = 0;  ///< 0 when the peer left before an answer began.
  std::int64_t bytes_sent = 0;   ///< Of the body, as it went over the wire.
  std::int64_t duration_us = 0;  ///< From the first byte of the request to the last of the answer.
  std::string table;             ///< "share.schema.table"; empty when the request names none.
  /// Of the table, where the answer has one; of the catalog that a change made.
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> files;       ///< Data files handed out by the answer.
  std::optional<std::int64_t> file_bytes;  ///< Sum of their sizes, where it is known.
  std::optional<std::int64_t> rows;        ///< Of these files, where it is known.
  /// Data files that the hints of a query left out; absent where there were none.
  std::optional<std::int64_t> skipped_files;
  std::string change;  ///< What a request of an admin did to the catalog, or would have: "grant".
  std::string target;  ///< To what: "anna/sales.eu".
  std::string detail;  ///< And how.
  std::string user_agent;
  /// Why access was refused, for the provider: "unknown token", "no grant on share sales".
  /// Empty means allowed. Set it also where the recipient only sees a 404.
  std::string denied;
  /// Why a request of an admin failed that was allowed: what the answer says.
  std::string error;
  std::string trace_id;  ///< Of the caller's trace, with its span and state; may be empty.
  std::string parent_id;
  std::string trace_state;
  bool complete = true;  ///< False when the answer broke off: peer gone, error mid-stream.
};

enum class AccessFormat : std::uint8_t { kText, kJson };

/// One line with its line break. Values from outside cannot break the line or forge a field.
/// Text: the time, then `name=value` pairs, quoted where needed; JSON: an object. Fields that are
/// absent are left out.
std::string FormatAccessRecord(const AccessRecord& record, AccessFormat format);

/// A change of the catalog that is in no record, as one that a command made.
struct CatalogChange {
  std::int64_t time_ms = 0;
  std::string admin;  ///< Who made it: "command of user 0".
  std::int64_t version = 0;
  std::string change, target, detail;
};
/// In the form of a record in JSON, with the fields that it has; without a line break.
std::string FormatCatalogChange(const CatalogChange& change);

/// Where records go. Thread-safe; Write is cheap and does not wait for a disk.
class AccessSink {
 public:
  virtual ~AccessSink() = default;
  virtual void Write(const AccessRecord& record) = 0;
};

struct AccessLogOptions {
  LogFileOptions output = {};  ///< Appended to.
  AccessFormat format = AccessFormat::kText;
};

/// Lines are written by a thread of its own, in the order of Write. When it falls more than 8 MiB
/// behind, Write waits: a line is never dropped for speed. A failed write is reported once in the
/// log and again when it works. The destructor writes what is left. Errors: kNotFound,
/// kPermissionDenied or kUnavailable when the file cannot be opened.
Result<std::unique_ptr<AccessSink>> OpenAccessLog(AccessLogOptions options);

}  // namespace sluice::observe
