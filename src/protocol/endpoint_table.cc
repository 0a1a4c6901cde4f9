#include <array>
#include <limits>

#include "protocol/capabilities.h"
#include "protocol/endpoint.h"
#include "protocol/request.h"

namespace sluice::protocol {
namespace {

using enum FieldType;

constexpr bool kOptional = false;
constexpr bool kRequired = true;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// ---- parameters

constexpr Field Number(std::string_view name, std::int64_t least, std::string_view summary) {
  return {name, kInteger, kOptional, summary, least, kMost, nullptr};
}
constexpr Field Time(std::string_view name, std::string_view summary) {
  return {name, kTimestamp, kOptional, summary};
}
constexpr Field Flag(std::string_view name, std::string_view summary) {
  return {name, kBoolean, kOptional, summary};
}
constexpr Field Text(std::string_view name, std::string_view summary) {
  return {name, kString, kOptional, summary};
}

constexpr std::array kListQuery = {
    Field{"maxResults", kInteger, kOptional, "At most so many items a page.", 0, kMaxResultsLimit},
    Text("pageToken", "The nextPageToken of the page before."),
};
constexpr std::array kVersionQuery = {
    Time("startingTimestamp",
         "Asks for the earliest version at or after this time; needs shared history."),
};
constexpr std::array kMetadataQuery = {
    Number("version", 0, "Asks for this version; needs shared history."),
    Time("timestamp", "Asks for the version of this time; not together with version."),
};
constexpr std::array kChangesQuery = {
    Number("startingVersion", 0, "The first version, included."),
    Time("startingTimestamp", "In place of startingVersion: the first version at or after it."),
    Number("endingVersion", 0, "The last version, included; without it, the latest."),
    Time("endingTimestamp", "In place of endingVersion: the last version at or before it."),
    Flag("includeHistoricalMetadata",
         "The first metadata is that of the first version, and later ones follow."),
    Flag("includeHistoricalProtocol", "Delta format: later protocols follow."),
    Number("maxFiles", 1, "At most so many files a page; the server's own limit is 10,000."),
    Text("pageToken", "The nextPageToken of the page before."),
};
constexpr std::array kQueryBody = {
    Field{"predicateHints", kStrings, kOptional,
          "Conditions in SQL, all of which rows must meet: a hint that skips files."},
    Field{"jsonPredicateHints", kString, kOptional,
          "A condition as a tree in JSON text: a hint that skips files."},
    Number("limitHint", 0, "So many rows are enough: a hint. 0 means all."),
    Number("version", 0, "Asks for this version; needs shared history."),
    Time("timestamp", "In place of version: the version of this time."),
    Number("startingVersion", 0,
           "In place of version: the files that came and went from this version on."),
    Number("endingVersion", 0, "With startingVersion: up to this version, included."),
    Flag("includeHistoricalProtocol",
         "With startingVersion, delta format: later protocols follow."),
    Number("maxFiles", 1, "At most so many files a page."),
    Text("pageToken", "The nextPageToken of the page before."),
    Flag("includeRefreshToken", "Asks for a refreshToken; latest version and first page only."),
    Text("refreshToken", "Asks for fresh URLs of the files that it was answered with."),
    Text("idempotencyKey",
         "With asyncquery=true: the same key with the same query is the same submission."),
};
constexpr std::array kQueryInfoBody = {
    Number("maxFiles", 1, "At most so many files a page; without it, as the query was submitted."),
    Text("pageToken", "The nextPageToken of the page before."),
};
constexpr std::array kCredentialsBody = {
    Text("location", "The directory to read; without it, the table's root."),
};

// ---- headers

constexpr Field kCapabilities =
    Text(kCapabilitiesHeader, "What the client can read, as responseformat=delta;readerfeatures=…");
constexpr Field kFileIdHash =
    Text(kFileIdHashHeader, "How ids of files are made: parquet or delta.");
constexpr std::array kReadHeaders = {kCapabilities};
constexpr std::array kFilesHeaders = {kCapabilities, kFileIdHash};

constexpr Field kTableVersion = {kTableVersionHeader, kInteger, kRequired,
                                 "The version that the answer is of; of changes, the first.", 0};
constexpr Field kAnswerCapabilities = {
    kCapabilitiesHeader, kString, kRequired,
    "The format of the answer, and which capabilities of the client were honoured."};
constexpr std::array kTableAnswerHeaders = {kTableVersion, kAnswerCapabilities};
constexpr std::array kFilesAnswerHeaders = {
    kTableVersion,
    kAnswerCapabilities,
    Text(kFileIdHashHeader, "The same as in the request, where it was sent."),
};

// ---- answers

constexpr std::array kListErrors = {
    ErrorAnswer{400, "A parameter is wrong; the message names it."},
    ErrorAnswer{401, "The token is missing, unknown or expired."},
    ErrorAnswer{414, "The URL is too long."},
    ErrorAnswer{431, "The header is too large."},
    ErrorAnswer{500, "The server failed."},
    ErrorAnswer{503, "The server is busy, or storage does not answer; worth another try."},
};
constexpr std::array kNamedErrors = {
    kListErrors[0],
    kListErrors[1],
    ErrorAnswer{404, "There is no such thing, or it is not shared with the recipient."},
    kListErrors[2],
    kListErrors[3],
    kListErrors[4],
    kListErrors[5],
};
constexpr std::array kBodyErrors = {
    kNamedErrors[0], kNamedErrors[1], kNamedErrors[2], ErrorAnswer{413, "The body is too large."},
    kNamedErrors[3], kNamedErrors[4], kNamedErrors[5], kNamedErrors[6],
};

constexpr std::array kQueryErrors = {
    kBodyErrors[0], kBodyErrors[1], kBodyErrors[2],
    kBodyErrors[3], kBodyErrors[4], ErrorAnswer{429, "Too many asynchronous queries; try later."},
    kBodyErrors[5], kBodyErrors[6], kBodyErrors[7],
};

constexpr SuccessAnswer Json(const Shape& shape) {
  return {SuccessAnswer::Body::kJson, &shape, {}};
}
constexpr SuccessAnswer kVersionAnswer = {SuccessAnswer::Body::kNone, nullptr, kTableAnswerHeaders};
constexpr SuccessAnswer kMetadataAnswer = {SuccessAnswer::Body::kLines, nullptr,
                                           kTableAnswerHeaders};
constexpr SuccessAnswer kFilesAnswer = {SuccessAnswer::Body::kLines, nullptr, kFilesAnswerHeaders};

constexpr std::array<Endpoint, 12> kEndpoints = {{
    {EndpointId::kListShares,
     "list_shares",
     "GET",
     "/shares",
     "Lists the shares that the recipient may read.",
     kListQuery,
     {},
     {},
     Json(kSharesShape),
     kListErrors},
    {EndpointId::kGetShare,
     "get_share",
     "GET",
     "/shares/{share}",
     "Describes one share.",
     {},
     {},
     {},
     Json(kShareAnswerShape),
     kNamedErrors},
    {EndpointId::kListSchemas,
     "list_schemas",
     "GET",
     "/shares/{share}/schemas",
     "Lists the schemas of a share.",
     kListQuery,
     {},
     {},
     Json(kSchemasShape),
     kNamedErrors},
    {EndpointId::kListTables,
     "list_tables",
     "GET",
     "/shares/{share}/schemas/{schema}/tables",
     "Lists the tables of a schema.",
     kListQuery,
     {},
     {},
     Json(kTablesShape),
     kNamedErrors},
    {EndpointId::kListAllTables,
     "list_all_tables",
     "GET",
     "/shares/{share}/all-tables",
     "Lists the tables of all schemas of a share.",
     kListQuery,
     {},
     {},
     Json(kTablesShape),
     kNamedErrors},
    {EndpointId::kTableVersion,
     "table_version",
     "GET",
     "/shares/{share}/schemas/{schema}/tables/{table}/version",
     "Answers the table's version in the header Delta-Table-Version.",
     kVersionQuery,
     kReadHeaders,
     {},
     kVersionAnswer,
     kNamedErrors},
    {EndpointId::kTableVersionHead,
     "table_version_head",
     "HEAD",
     "/shares/{share}/schemas/{schema}/tables/{table}",
     "The older form of table_version.",
     kVersionQuery,
     kReadHeaders,
     {},
     kVersionAnswer,
     kNamedErrors},
    {EndpointId::kTableMetadata,
     "table_metadata",
     "GET",
     "/shares/{share}/schemas/{schema}/tables/{table}/metadata",
     "Describes the table: its protocol and its metadata, one line each.",
     kMetadataQuery,
     kReadHeaders,
     {},
     kMetadataAnswer,
     kNamedErrors},
    {EndpointId::kQueryTable,
     "query_table",
     "POST",
     "/shares/{share}/schemas/{schema}/tables/{table}/query",
     "Lists the data files of a version of the table, one line each, with URLs to fetch them.",
     {},
     kFilesHeaders,
     kQueryBody,
     kFilesAnswer,
     kQueryErrors},
    {EndpointId::kTableChanges,
     "table_changes",
     "GET",
     "/shares/{share}/schemas/{schema}/tables/{table}/changes",
     "Lists the files of the changes between two versions of the table, one line each, with URLs "
     "to fetch them.",
     kChangesQuery,
     kFilesHeaders,
     {},
     kFilesAnswer,
     kNamedErrors},
    {EndpointId::kQueryInfo,
     "query_info",
     "POST",
     "/shares/{share}/schemas/{schema}/tables/{table}/queries/{queryId}",
     "Answers how an asynchronous query stands and, once it has succeeded, what it found.",
     {},
     kReadHeaders,
     kQueryInfoBody,
     kFilesAnswer,
     kBodyErrors},
    {EndpointId::kTemporaryCredentials,
     "temporary_table_credentials",
     "POST",
     "/shares/{share}/schemas/{schema}/tables/{table}/temporary-table-credentials",
     "Gives credentials to read the table's directory, where its storage has such.",
     {},
     kReadHeaders,
     kCredentialsBody,
     Json(kCredentialsAnswerShape),
     kBodyErrors},
}};

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

}  // namespace sluice::protocol
