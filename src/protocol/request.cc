#include "protocol/request.h"

#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/uri.h"
#include "protocol/json_fields.h"

namespace sluice::protocol {
namespace {

constexpr std::size_t kMaxParameters = 64;
constexpr std::size_t kMaxKeyBytes = 512;
constexpr std::size_t kMaxBodyBytes = std::size_t{4} << 20;

/// The first parameter of that name, or null when it is absent or empty.
const std::string* FindParameter(const QueryParameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value.empty() ? nullptr : &value;
  }
  return nullptr;
}

Result<std::optional<std::int64_t>> IntParameter(const QueryParameters& parameters,
                                                 std::string_view name) {
  const std::string* text = FindParameter(parameters, name);
  if (text == nullptr) return std::nullopt;
  const auto value = ParseInteger(*text);
  if (!value) return Fail(ErrorKind::kInvalidArgument, "{} must be an integer", name);
  if (*value < 0) return Fail(ErrorKind::kInvalidArgument, "{} must not be negative", name);
  return value;
}

Result<std::optional<std::int64_t>> TimestampParameter(const QueryParameters& parameters,
                                                       std::string_view name) {
  const std::string* text = FindParameter(parameters, name);
  if (text == nullptr) return std::nullopt;
  auto millis = ParseTimestamp(*text);
  if (!millis) {
    // A '+' of the offset that came unescaped has turned into a space.
    std::string mended = *text;
    const std::size_t space = mended.rfind(' ');
    if (space != std::string::npos && space > 10) mended[space] = '+';
    if (auto second = ParseTimestamp(mended)) return *second;
    return Fail(millis.error().At(name));
  }
  return *millis;
}

/// Clients write booleans as their language does ("True").
Result<bool> BoolParameter(const QueryParameters& parameters, std::string_view name) {
  const std::string* text = FindParameter(parameters, name);
  if (text == nullptr) return false;
  std::string lower = *text;
  for (char& c : lower) c |= c >= 'A' && c <= 'Z' ? 0x20 : 0;
  if (lower == "true" || lower == "false") return lower == "true";
  return Fail(ErrorKind::kInvalidArgument, "{} must be true or false", name);
}

Status CheckRange(std::string_view name, const std::optional<std::int64_t>& value,
                  std::int64_t least) {
  if (!value || *value >= least) return {};
  return Fail(ErrorKind::kInvalidArgument, "{} must {}", name,
              least > 0 ? "be greater than 0" : "not be negative");
}

Status CheckVersions(const std::optional<std::int64_t>& first,
                     const std::optional<std::int64_t>& last) {
  if (!first || !last || *last >= *first) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "endingVersion ({}) must not be less than startingVersion ({})", *last, *first);
}

Status CheckChanges(const ChangesRequest& request) {
  if (!request.starting_version && !request.starting_timestamp_ms) {
    return Fail(ErrorKind::kInvalidArgument, "startingVersion or startingTimestamp must be given");
  }
  if (request.starting_version && request.starting_timestamp_ms) {
    return Fail(ErrorKind::kInvalidArgument,
                "only one of startingVersion and startingTimestamp may be given");
  }
  if (request.ending_version && request.ending_timestamp_ms) {
    return Fail(ErrorKind::kInvalidArgument,
                "only one of endingVersion and endingTimestamp may be given");
  }
  SLUICE_RETURN_IF_ERROR(CheckRange("maxFiles", request.max_files, 1));
  return CheckVersions(request.starting_version, request.ending_version);
}

Status CheckQuery(const QueryRequest& request) {
  SLUICE_RETURN_IF_ERROR(CheckRange("limitHint", request.limit_hint, 0));
  SLUICE_RETURN_IF_ERROR(CheckRange("version", request.version, 0));
  SLUICE_RETURN_IF_ERROR(CheckRange("startingVersion", request.starting_version, 0));
  SLUICE_RETURN_IF_ERROR(CheckRange("endingVersion", request.ending_version, 0));
  SLUICE_RETURN_IF_ERROR(CheckRange("maxFiles", request.max_files, 1));
  if (request.idempotency_key.size() > kMaxKeyBytes) {
    return Fail(ErrorKind::kInvalidArgument, "idempotencyKey must not exceed {} bytes",
                kMaxKeyBytes);
  }
  const int starts = static_cast<int>(request.version.has_value()) +
                     static_cast<int>(request.timestamp_ms.has_value()) +
                     static_cast<int>(request.starting_version.has_value());
  if (starts > 1) {
    return Fail(ErrorKind::kInvalidArgument,
                "only one of version, timestamp and startingVersion may be given");
  }
  if (request.ending_version && !request.starting_version) {
    return Fail(ErrorKind::kInvalidArgument, "endingVersion needs startingVersion");
  }
  SLUICE_RETURN_IF_ERROR(CheckVersions(request.starting_version, request.ending_version));
  const bool refresh = request.include_refresh_token || !request.refresh_token.empty();
  const std::string_view name =
      request.include_refresh_token ? "includeRefreshToken" : "refreshToken";
  if (refresh && starts > 0) {
    return Fail(ErrorKind::kInvalidArgument,
                "{} goes with the latest version only, not with version, timestamp or "
                "startingVersion",
                name);
  }
  if (refresh && !request.page_token.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "{} goes with the first page only", name);
  }
  return {};
}

Result<QueryRequest> ReadQuery(const JsonFields& fields) {
  QueryRequest out;
  SLUICE_TRY(out.predicate_hints, fields.Strings("predicateHints"));
  SLUICE_TRY(const auto json_hints, fields.OptionalString("jsonPredicateHints"));
  out.json_predicate_hints = json_hints.value_or("");
  SLUICE_TRY(out.limit_hint, fields.OptionalInt("limitHint"));
  SLUICE_TRY(out.version, fields.OptionalInt("version"));
  SLUICE_TRY(const auto timestamp, fields.OptionalString("timestamp"));
  if (timestamp && !timestamp->empty()) {
    auto millis = ParseTimestamp(*timestamp);
    if (!millis) return Fail(millis.error().At("timestamp"));
    out.timestamp_ms = *millis;
  }
  SLUICE_TRY(out.starting_version, fields.OptionalInt("startingVersion"));
  SLUICE_TRY(out.ending_version, fields.OptionalInt("endingVersion"));
  SLUICE_TRY(out.max_files, fields.OptionalInt("maxFiles"));
  SLUICE_TRY(const auto page_token, fields.OptionalString("pageToken"));
  out.page_token = page_token.value_or("");
  SLUICE_TRY(const auto include_refresh, fields.OptionalBool("includeRefreshToken"));
  out.include_refresh_token = include_refresh.value_or(false);
  SLUICE_TRY(const auto refresh_token, fields.OptionalString("refreshToken"));
  out.refresh_token = refresh_token.value_or("");
  // The text has the first name, Spark sends the other.
  for (const std::string_view name : {"idempotencyKey", "idempotency_key"}) {
    SLUICE_TRY(const auto key, fields.OptionalString(name));
    if (out.idempotency_key.empty()) out.idempotency_key = key.value_or("");
  }
  SLUICE_TRY(const auto protocols, fields.OptionalBool("includeHistoricalProtocol"));
  out.include_historical_protocol = protocols.value_or(false);
  return out;
}

Result<QueryInfoRequest> ReadQueryInfo(const JsonFields& fields) {
  QueryInfoRequest out;
  SLUICE_TRY(out.max_files, fields.OptionalInt("maxFiles"));
  SLUICE_TRY(const auto page_token, fields.OptionalString("pageToken"));
  out.page_token = page_token.value_or("");
  return out;
}

Result<CredentialsRequest> ReadCredentials(const JsonFields& fields) {
  CredentialsRequest out;
  SLUICE_TRY(const auto location, fields.OptionalString("location"));
  out.location = location.value_or("");
  return out;
}

/// An empty body means an object without fields.
template <typename Request>
Result<Request> ParseBody(std::string_view body, Result<Request> (*read)(const JsonFields&)) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return Request{};
  if (body.size() > kMaxBodyBytes) {
    return Fail(ErrorKind::kTooLarge, "a request's body must not exceed {} bytes", kMaxBodyBytes);
  }
  JsonParser parser;
  auto object = parser.ParseObject(body);
  if (!object) return Fail(object.error().At("request body"));
  return read(JsonFields(*object, ErrorKind::kInvalidArgument));
}

/// Writes the members of one JSON object, with commas where they belong.
class BodyWriter {
 public:
  explicit BodyWriter(std::string* out) : out_(out) { out_->push_back('{'); }
  void Text(std::string_view key, std::string_view value) {
    Key(key);
    AppendJsonString(value, out_);
  }
  void Raw(std::string_view key, std::string_view value) {
    Key(key);
    out_->append(value);
  }
  void Integer(std::string_view key, const std::optional<std::int64_t>& value) {
    if (value) Raw(key, std::to_string(*value));
  }
  void Key(std::string_view key) {
    if (out_->back() != '{') out_->push_back(',');
    AppendJsonString(key, out_);
    out_->push_back(':');
  }

 private:
  std::string* out_;
};

}  // namespace

Result<QueryParameters> ParseQueryString(std::string_view query) {
  QueryParameters out;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    if (out.size() == kMaxParameters) {
      return Fail(ErrorKind::kMalformed, "more than {} query parameters", kMaxParameters);
    }
    const auto decode = [](std::string_view text) {
      std::string spaced(text);
      std::replace(spaced.begin(), spaced.end(), '+', ' ');
      return PercentDecode(spaced);
    };
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name) return Fail(name.error().At("query parameter name"));
    if (!value) return Fail(value.error().At("query parameter"));
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

Result<ListRequest> ParseListRequest(const QueryParameters& parameters) {
  ListRequest out;
  SLUICE_TRY(out.max_results, IntParameter(parameters, "maxResults"));
  if (out.max_results && *out.max_results > kMaxResultsLimit) {
    return Fail(ErrorKind::kInvalidArgument, "maxResults must be from 0 to {}", kMaxResultsLimit);
  }
  // Some clients send the token back under the name it was answered with, or a shorter one.
  for (const std::string_view name : {"pageToken", "nextPageToken", "nextToken"}) {
    const std::string* token = FindParameter(parameters, name);
    if (token == nullptr) continue;
    out.page_token = *token;
    break;
  }
  return out;
}

Result<VersionRequest> ParseVersionRequest(const QueryParameters& parameters) {
  VersionRequest out;
  SLUICE_TRY(out.starting_timestamp_ms, TimestampParameter(parameters, "startingTimestamp"));
  return out;
}

Result<MetadataRequest> ParseMetadataRequest(const QueryParameters& parameters) {
  MetadataRequest out;
  SLUICE_TRY(out.version, IntParameter(parameters, "version"));
  SLUICE_TRY(out.timestamp_ms, TimestampParameter(parameters, "timestamp"));
  if (out.version && out.timestamp_ms) {
    return Fail(ErrorKind::kInvalidArgument, "only one of version and timestamp may be given");
  }
  return out;
}

Result<ChangesRequest> ParseChangesRequest(const QueryParameters& parameters) {
  ChangesRequest out;
  SLUICE_TRY(out.starting_version, IntParameter(parameters, "startingVersion"));
  SLUICE_TRY(out.starting_timestamp_ms, TimestampParameter(parameters, "startingTimestamp"));
  SLUICE_TRY(out.ending_version, IntParameter(parameters, "endingVersion"));
  SLUICE_TRY(out.ending_timestamp_ms, TimestampParameter(parameters, "endingTimestamp"));
  SLUICE_TRY(out.include_historical_metadata,
             BoolParameter(parameters, "includeHistoricalMetadata"));
  SLUICE_TRY(out.include_historical_protocol,
             BoolParameter(parameters, "includeHistoricalProtocol"));
  SLUICE_TRY(out.max_files, IntParameter(parameters, "maxFiles"));
  if (const std::string* token = FindParameter(parameters, "pageToken")) out.page_token = *token;
  SLUICE_RETURN_IF_ERROR(CheckChanges(out));
  return out;
}

QueryParameters FormatChangesRequest(const ChangesRequest& request) {
  QueryParameters out;
  const auto integer = [&](std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) out.emplace_back(name, std::to_string(*value));
  };
  const auto timestamp = [&](std::string_view name, const std::optional<std::int64_t>& millis) {
    if (millis) out.emplace_back(name, FormatTimestamp(*millis));
  };
  integer("startingVersion", request.starting_version);
  timestamp("startingTimestamp", request.starting_timestamp_ms);
  integer("endingVersion", request.ending_version);
  timestamp("endingTimestamp", request.ending_timestamp_ms);
  if (request.include_historical_metadata) out.emplace_back("includeHistoricalMetadata", "true");
  if (request.include_historical_protocol) out.emplace_back("includeHistoricalProtocol", "true");
  integer("maxFiles", request.max_files);
  if (!request.page_token.empty()) out.emplace_back("pageToken", request.page_token);
  return out;
}

Result<QueryRequest> ParseQueryRequest(std::string_view body) {
  SLUICE_TRY(QueryRequest out, ParseBody<QueryRequest>(body, ReadQuery));
  SLUICE_RETURN_IF_ERROR(CheckQuery(out));
  if (out.limit_hint == 0) out.limit_hint.reset();
  return out;
}

Result<QueryInfoRequest> ParseQueryInfoRequest(std::string_view body) {
  SLUICE_TRY(QueryInfoRequest out, ParseBody<QueryInfoRequest>(body, ReadQueryInfo));
  SLUICE_RETURN_IF_ERROR(CheckRange("maxFiles", out.max_files, 1));
  return out;
}

Result<CredentialsRequest> ParseCredentialsRequest(std::string_view body) {
  return ParseBody<CredentialsRequest>(body, ReadCredentials);
}

std::string FormatCredentialsRequest(const CredentialsRequest& request) {
  std::string out;
  BodyWriter body(&out);
  if (!request.location.empty()) body.Text("location", request.location);
  out.push_back('}');
  return out;
}

std::string FormatQueryInfoRequest(const QueryInfoRequest& request) {
  std::string out;
  BodyWriter body(&out);
  body.Integer("maxFiles", request.max_files);
  if (!request.page_token.empty()) body.Text("pageToken", request.page_token);
  out.push_back('}');
  return out;
}

std::string FormatQueryRequest(const QueryRequest& request) {
  std::string out;
  BodyWriter body(&out);
  if (!request.predicate_hints.empty()) {
    body.Key("predicateHints");
    char before = '[';
    for (const auto& hint : request.predicate_hints) {
      out.push_back(before);
      AppendJsonString(hint, &out);
      before = ',';
    }
    out.push_back(']');
  }
  if (!request.json_predicate_hints.empty()) {
    body.Text("jsonPredicateHints", request.json_predicate_hints);
  }
  body.Integer("limitHint", request.limit_hint);
  body.Integer("version", request.version);
  if (request.timestamp_ms) body.Text("timestamp", FormatTimestamp(*request.timestamp_ms));
  body.Integer("startingVersion", request.starting_version);
  body.Integer("endingVersion", request.ending_version);
  body.Integer("maxFiles", request.max_files);
  if (!request.page_token.empty()) body.Text("pageToken", request.page_token);
  if (request.include_refresh_token) body.Raw("includeRefreshToken", "true");
  if (!request.refresh_token.empty()) body.Text("refreshToken", request.refresh_token);
  if (!request.idempotency_key.empty()) body.Text("idempotencyKey", request.idempotency_key);
  if (request.include_historical_protocol) body.Raw("includeHistoricalProtocol", "true");
  out.push_back('}');
  return out;
}

}  // namespace sluice::protocol
