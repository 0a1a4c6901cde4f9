// Requests as validated values. Unknown fields pass, wrong types and ranges are refused by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::protocol {

/// Decoded name and value pairs of a URL's query part, in order.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// Errors: kMalformed for bad percent-encoding. `+` means a space here.
Result<QueryParameters> ParseQueryString(std::string_view query);

/// The most items of a page of a listing that may be asked for.
inline constexpr std::int64_t kMaxResultsLimit = 500;

struct ListRequest {
  std::optional<std::int64_t> max_results;  ///< 0 to 500.
  std::string page_token;  ///< Empty: the first page. Also `nextPageToken`, `nextToken`.
};

/// Errors: kInvalidArgument naming the parameter.
Result<ListRequest> ParseListRequest(const QueryParameters& parameters);

/// GET …/version. `starting_timestamp_ms` in milliseconds. Errors: kInvalidArgument.
struct VersionRequest {
  std::optional<std::int64_t> starting_timestamp_ms;
};
Result<VersionRequest> ParseVersionRequest(const QueryParameters& parameters);

/// GET …/metadata: at most one of version and timestamp.
struct MetadataRequest {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
};
Result<MetadataRequest> ParseMetadataRequest(const QueryParameters& parameters);

/// The body of POST …/query.
struct QueryRequest {
  std::vector<std::string> predicate_hints;
  std::string json_predicate_hints;
  std::optional<std::int64_t> limit_hint;  ///< Above 0. A 0 that was sent means none.
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
  std::optional<std::int64_t> starting_version;
  std::optional<std::int64_t> ending_version;
  std::optional<std::int64_t> max_files;
  std::string page_token;
  bool include_refresh_token = false;
  std::string refresh_token;
  /// What tells the submission of an asynchronous query from its repetition. Also
  /// `idempotency_key`.
  std::string idempotency_key;
  /// Goes with starting_version: the answer tells of protocols that came after it (delta format).
  bool include_historical_protocol = false;
};

/// `body` may be empty, which means {}. Numbers may come as strings. Depth and size are bounded.
/// Errors: kMalformed when it is no JSON object, kInvalidArgument naming the field, also for
/// contradictions (version with timestamp, either with startingVersion, endingVersion alone, a
/// refresh token with a version or a later page); kTooLarge beyond 4 MiB.
Result<QueryRequest> ParseQueryRequest(std::string_view body);

/// The body of POST …/queries/{queryId}.
struct QueryInfoRequest {
  std::optional<std::int64_t> max_files;
  std::string page_token;
};
/// Errors: as ParseQueryRequest.
Result<QueryInfoRequest> ParseQueryInfoRequest(std::string_view body);

/// The body of POST …/temporary-table-credentials.
struct CredentialsRequest {
  std::string location;  ///< Empty: the table's own.
};
/// Errors: as ParseQueryRequest.
Result<CredentialsRequest> ParseCredentialsRequest(std::string_view body);

/// The client's side.
std::string FormatCredentialsRequest(const CredentialsRequest& request);

/// The client's side.
std::string FormatQueryInfoRequest(const QueryInfoRequest& request);

/// The client's side: the body of a query.
std::string FormatQueryRequest(const QueryRequest& request);

/// GET …/changes. Exactly one start; at most one end, without which the latest version is meant.
struct ChangesRequest {
  std::optional<std::int64_t> starting_version;
  std::optional<std::int64_t> starting_timestamp_ms;
  std::optional<std::int64_t> ending_version;
  std::optional<std::int64_t> ending_timestamp_ms;
  /// The first metadata line is that of the start, and later ones follow where they changed.
  bool include_historical_metadata = false;
  bool include_historical_protocol = false;  ///< Delta format.
  std::optional<std::int64_t> max_files;
  std::string page_token;
};

/// Errors: kInvalidArgument naming the parameter, also for a missing start, two starts, two ends
/// and an ending version before the starting one.
Result<ChangesRequest> ParseChangesRequest(const QueryParameters& parameters);

/// The client's side: the parameters of the URL.
QueryParameters FormatChangesRequest(const ChangesRequest& request);

}  // namespace sluice::protocol
