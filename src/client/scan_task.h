// ScanTask: a part of a scan that another process can read, as bytes.
//
// The form is that of a server's answer in the delta format (NDJSON: protocol, metaData, then the
// files), with a line before it that tells what is wanted of them and how they are listed again:
//   {"scanTask":1,"table":["share","schema","table"],"access":"url"|"dir",
//    "format":"parquet"|"delta" (that was answered),"askFormat":… (that was asked for, if any),
//    "version":…,"listedVersion":…,"refreshToken":"…",
//    "query":"…" | "changes":"…","commitTime":"timestamp"|"milliseconds",
//    "lastVersion":… (of changes and added rows),"skipChangeCommits":true,
//    "columns":[…],"filter":"…","limit":…,"keepOrder":false,
//    "files":…}
// where query is the body of a query, changes the query part of a URL, filter SQL, files a count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/listing.h"
#include "client/scan_lister.h"

namespace sluice::client {

struct ScanTask {
  ListingRequest listing;
  bool in_directory = false;
  ListedAt at;  ///< Of a listing by URLs.
  PlanRequest plan;
  /// Of changes and added rows, which are read as the table of `files`.
  std::optional<std::int64_t> last_version;
  CommitRows rows = CommitRows::kChanged;
  std::optional<std::int64_t> limit;
  bool keep_order = true;
  GivenFiles files;
};

/// Errors: kUnsupported for a filter that SQL cannot say.
Result<std::string> FormatScanTask(const ScanTask& task);

/// Errors: kMalformed for what FormatScanTask did not make, naming field or line, kUnsupported for
/// a task of a later form, kTooLarge.
Result<ScanTask> ParseScanTask(std::string_view text);

}  // namespace sluice::client
