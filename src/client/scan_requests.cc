#include "client/scan_requests.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sluice::client {
namespace {

/// One end of a range of versions.
Status CheckEnd(std::string_view name, const std::optional<std::int64_t>& version,
                const std::string& timestamp) {
  if (version && !timestamp.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "{0} version and {0} timestamp exclude each other",
                name);
  }
  if (version && *version < 0) {
    return Fail(ErrorKind::kInvalidArgument, "{} version {} is negative", name, *version);
  }
  return {};
}

Status CheckOrder(const std::optional<std::int64_t>& first,
                  const std::optional<std::int64_t>& last) {
  if (!last || first.value_or(0) <= *last) return {};
  return Fail(ErrorKind::kInvalidArgument, "ending version {} lies before starting version {}",
              *last, *first);
}

/// Of a range of versions whose added rows are asked for.
Result<protocol::QueryRequest> RangeOf(const ScanRequest& request) {
  if (request.version || !request.timestamp.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "a starting version goes with neither version nor timestamp");
  }
  if (!request.json_predicate_hints.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "hints do not go with a starting version");
  }
  SLUICE_RETURN_IF_ERROR(CheckEnd("starting", request.starting_version, {}));
  SLUICE_RETURN_IF_ERROR(CheckEnd("ending", request.ending_version, {}));
  SLUICE_RETURN_IF_ERROR(CheckOrder(request.starting_version, request.ending_version));
  protocol::QueryRequest query;
  query.starting_version = request.starting_version;
  query.ending_version = request.ending_version;
  query.include_historical_protocol = true;
  return query;
}

}  // namespace

Result<protocol::QueryRequest> QueryOf(const ScanRequest& request) {
  if (request.starting_version) return RangeOf(request);
  if (request.ending_version || request.skip_change_commits) {
    return Fail(ErrorKind::kInvalidArgument, "{} needs a starting version",
                request.ending_version ? "an ending version" : "skip_change_commits");
  }
  protocol::QueryRequest query;
  query.version = request.version;
  query.json_predicate_hints = request.json_predicate_hints;
  if (!request.timestamp.empty()) {
    if (request.version) {
      return Fail(ErrorKind::kInvalidArgument, "version and timestamp exclude each other");
    }
    SLUICE_TRY(query.timestamp_ms, ParseTimestamp(request.timestamp));
  }
  // To a server, 0 means no limit; and rows that pass a filter are not its first ones.
  if (request.limit && !request.filter)
    query.limit_hint = std::max<std::int64_t>(*request.limit, 1);
  return query;
}

Result<protocol::ChangesRequest> QueryOf(const ChangesRequest& request) {
  SLUICE_RETURN_IF_ERROR(
      CheckEnd("starting", request.starting_version, request.starting_timestamp));
  SLUICE_RETURN_IF_ERROR(CheckEnd("ending", request.ending_version, request.ending_timestamp));
  if (!request.starting_version && request.starting_timestamp.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "changes need a start: give a starting version or a starting timestamp");
  }
  protocol::ChangesRequest query;
  query.starting_version = request.starting_version;
  query.ending_version = request.ending_version;
  if (!request.starting_timestamp.empty()) {
    SLUICE_TRY(query.starting_timestamp_ms, ParseTimestamp(request.starting_timestamp));
  }
  if (!request.ending_timestamp.empty()) {
    SLUICE_TRY(query.ending_timestamp_ms, ParseTimestamp(request.ending_timestamp));
  }
  SLUICE_RETURN_IF_ERROR(CheckOrder(query.starting_version, query.ending_version));
  // To see whether all the rows can be told under one schema.
  query.include_historical_metadata = true;
  query.include_historical_protocol = true;
  return query;
}

}  // namespace sluice::client
