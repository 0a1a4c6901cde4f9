#include "protocol/endpoint.h"

#include <array>

#include "base/uri.h"

namespace sluice::protocol {
namespace {

constexpr std::string_view kTable = "/shares/{share}/schemas/{schema}/tables/{table}";

constexpr std::array<Endpoint, 10> kEndpoints = {{
    {EndpointId::kListShares, "list_shares", "GET", "/shares", "maxResults pageToken",
     "Lists the shares that the recipient may read."},
    {EndpointId::kGetShare, "get_share", "GET", "/shares/{share}", "", "Describes one share."},
    {EndpointId::kListSchemas, "list_schemas", "GET", "/shares/{share}/schemas",
     "maxResults pageToken", "Lists the schemas of a share."},
    {EndpointId::kListTables, "list_tables", "GET", "/shares/{share}/schemas/{schema}/tables",
     "maxResults pageToken", "Lists the tables of a schema."},
    {EndpointId::kListAllTables, "list_all_tables", "GET", "/shares/{share}/all-tables",
     "maxResults pageToken", "Lists the tables of all schemas of a share."},
    {EndpointId::kTableVersion, "table_version", "GET",
     "/shares/{share}/schemas/{schema}/tables/{table}/version", "startingTimestamp",
     "Answers the table's version in the header Delta-Table-Version."},
    {EndpointId::kTableVersionHead, "table_version_head", "HEAD", kTable, "startingTimestamp",
     "The older form of table_version."},
    {EndpointId::kTableMetadata, "table_metadata", "GET",
     "/shares/{share}/schemas/{schema}/tables/{table}/metadata", "version timestamp",
     "Describes the table: its protocol and its metadata, one line each."},
    {EndpointId::kQueryTable, "query_table", "POST",
     "/shares/{share}/schemas/{schema}/tables/{table}/query", "",
     "Lists the data files of a version of the table, one line each, with URLs to fetch them."},
    {EndpointId::kTableChanges, "table_changes", "GET",
     "/shares/{share}/schemas/{schema}/tables/{table}/changes",
     "startingVersion startingTimestamp endingVersion endingTimestamp includeHistoricalMetadata "
     "includeHistoricalProtocol maxFiles pageToken",
     "Lists the files of the changes between two versions of the table, one line each, with URLs "
     "to fetch them."},
}};

/// No path of the table has more segments; longer ones need not be split.
constexpr std::size_t kMaxSegments = 8;

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty() && segments.size() <= kMaxSegments) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

bool IsPlaceholder(std::string_view segment) {
  return segment.front() == '{';
}

bool Matches(const std::vector<std::string_view>& segments, std::string_view path) {
  const auto wanted = Segments(path);
  if (wanted.size() != segments.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!IsPlaceholder(wanted[i]) && wanted[i] != segments[i]) return false;
  }
  return true;
}

Result<EndpointMatch> MakeMatch(const Endpoint& endpoint,
                                const std::vector<std::string_view>& segments) {
  EndpointMatch match;
  match.endpoint = &endpoint;
  const auto wanted = Segments(endpoint.path);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!IsPlaceholder(wanted[i])) continue;
    auto decoded = PercentDecode(segments[i]);
    if (!decoded) {
      const std::string_view name = wanted[i].substr(1, wanted[i].size() - 2);
      return Fail(decoded.error().At(fmt::format("{} in the path", name)));
    }
    match.arguments.push_back(*std::move(decoded));
  }
  return match;
}

}  // namespace

std::span<const Endpoint> Endpoints() {
  return kEndpoints;
}

const Endpoint& GetEndpoint(EndpointId id) {
  for (const auto& endpoint : kEndpoints) {
    if (endpoint.id == id) return endpoint;
  }
  return kEndpoints.front();
}

Result<EndpointMatch> MatchEndpoint(std::string_view method, std::string_view path) {
  const auto segments = Segments(path);
  std::string allowed;
  for (const auto& endpoint : kEndpoints) {
    if (!Matches(segments, endpoint.path)) continue;
    if (endpoint.method == method || (endpoint.method == "GET" && method == "HEAD")) {
      return MakeMatch(endpoint, segments);
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += endpoint.method == "GET" ? std::string_view("GET, HEAD") : endpoint.method;
  }
  if (!allowed.empty()) return Fail(ErrorKind::kUnsupported, "{}", allowed);
  return Fail(ErrorKind::kNotFound, "no such endpoint");
}

std::string EndpointPath(EndpointId id, std::span<const std::string_view> arguments) {
  std::string out;
  std::size_t next = 0;
  for (const auto segment : Segments(GetEndpoint(id).path)) {
    out += '/';
    if (!IsPlaceholder(segment)) {
      out += segment;
    } else if (next < arguments.size()) {
      out += PercentEncode(arguments[next++]);
    }
  }
  return out;
}

}  // namespace sluice::protocol
