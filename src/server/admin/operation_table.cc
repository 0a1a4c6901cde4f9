#include "server/admin/operation_table.h"

#include <array>

#include "protocol/endpoint_tables.h"
#include "server/admin/operation_shapes.h"

namespace sluice::admin {
namespace {

using protocol::Endpoint;
using protocol::ErrorAnswer;
using protocol::Field;
using protocol::SuccessAnswer;
using enum protocol::FieldType;

constexpr std::int64_t kMostSeconds = 3'153'600'000;  ///< 100 years.
constexpr std::int64_t kMostLimit = 1'000'000'000;

constexpr Field Needed(std::string_view name, std::string_view summary) {
  return {name, kString, true, summary};
}
constexpr Field Text(std::string_view name, std::string_view summary) {
  return {name, kString, false, summary};
}
constexpr Field Seconds(std::string_view name, std::int64_t least, std::string_view summary) {
  return {name, kInteger, false, summary, least, kMostSeconds};
}

constexpr Field kComment = Text("comment", "For people.");
constexpr Field kRemarks = {"properties", kStringMap, false,
                            "Keys and values of the provider's own."};
constexpr std::array kShareBody = {Needed("name", "Without space and '/'."), kComment, kRemarks,
                                   Text("id", "Without it, one is made.")};
constexpr std::array kRemarksBody = {kComment, kRemarks};
constexpr Field kStorage = {
    "storage", kStringMap, false,
    "Options of the location's store; secrets by the names of their files."};
constexpr std::array kFolderBody = {
    Needed("schema", "Made if it is missing."),
    Needed("location", "An absolute path on the server's machine, or a URI of a store."),
    kComment,
    kRemarks,
    Field{"include", kStrings, false,
          "Patterns of the tables' paths below it; without them, all tables."},
    Field{"exclude", kStrings, false, "Patterns of tables that are not shared."},
    Field{"historyShared", kBoolean, false, "Whether older versions and changes are shared."},
    Text("rowFilter", "SQL over partition columns; holds for every table and recipient."),
    kStorage,
};
constexpr std::array kTableBody = {
    Needed("schema", "Made if it is missing."),
    Needed("name", "Of the table."),
    Needed("location", "An absolute path, or a URI of a store."),
    kComment,
    kRemarks,
    Text("id", "Without it, one is made."),
    Field{"historyShared", kBoolean, false, "Whether older versions and changes are shared."},
    Field{"startVersion", kInteger, false, "The first version that history shows.", 0},
    Field{"files", kStrings, false, "Patterns of a folder without a log; without them, all files."},
    Text("rowFilter", "SQL over partition columns; holds for every recipient."),
    kStorage,
};
constexpr Field kProperties = {"properties", kStringMap, false, "What row filters may refer to."};
constexpr Field kNetworks = {"networks", kStrings, false,
                             "Where requests may come from, as 192.0.2.0/24; none: anywhere."};
constexpr Field kPerMinute = {
    "requestsPerMinute", kInteger, false, "At most so many; 0: no limit.", 0, kMostLimit};
constexpr Field kConcurrent = {
    "concurrentRequests", kInteger, false, "At most so many; 0: no limit.", 0, kMostLimit};
constexpr Field kIssuer = {"issuer", kString, false, "Whose tokens they are: their `iss`."};
constexpr Field kSubject = {"subject", kString, false, "Only the token of this one."};
constexpr Field kClaims = {"claims", kStringMap, false,
                           "Only a token that has each of these claims with this value."};
constexpr Field kClaimProperties = {
    "claimProperties", kStringMap, false,
    "Properties that are the value of a claim, by the name of the property."};
constexpr std::array kRecipientBody = {Needed("name", "Without space and '/'."),
                                       kComment,
                                       kProperties,
                                       kNetworks,
                                       kPerMinute,
                                       kConcurrent,
                                       kIssuer,
                                       kSubject,
                                       kClaims,
                                       kClaimProperties};
constexpr std::array kIdentityBody = {Needed("issuer", kIssuer.summary), kSubject, kClaims,
                                      kClaimProperties};
constexpr std::array kAlterBody = {kComment, kProperties, kNetworks, kPerMinute, kConcurrent};
constexpr Field kLifetime =
    Seconds("lifetimeSeconds", 1, "The new token works so long; without it, for ever.");
constexpr std::array kIssueBody = {kLifetime};
constexpr std::array kRotateBody = {
    kLifetime,
    Seconds("graceSeconds", 0, "The tokens that there are work so long; without it, no more.")};
constexpr std::array kLinkBody = {
    Seconds("lifetimeSeconds", 1, "The link may be used so long; without it, three days."),
    Seconds("tokenLifetimeSeconds", 1, "The token that it gives works so long; else for ever.")};
constexpr std::array kGrantBody = {
    Needed("share", "What may be read."), Text("schema", "Only this schema."),
    Text("table", "Only this table of the schema."),
    Text("rowFilter", "SQL over partition columns; only partitions for which it is true.")};
constexpr std::array kGrantQuery = {kGrantBody[0], kGrantBody[1], kGrantBody[2]};
constexpr std::array kAdminBody = {Needed("name", "Without space and '/'."), kLifetime};
constexpr std::array kChangesQuery = {
    Field{"limit", kInteger, false, "At most so many; without it, 100.", 1, 10'000}};

constexpr std::array kErrors = {
    ErrorAnswer{400, "A parameter is wrong; the message names it."},
    ErrorAnswer{401, "The admin token is missing, unknown or expired."},
    ErrorAnswer{404, "There is no such thing."},
    ErrorAnswer{409, "The name is taken."},
    ErrorAnswer{413, "The body is too large."},
    ErrorAnswer{414, "The URL is too long."},
    ErrorAnswer{431, "The header is too large."},
    ErrorAnswer{500, "The server failed."},
    ErrorAnswer{503, "The catalog cannot be reached; worth another try."},
};

constexpr Endpoint Operation(std::string_view name, std::string_view method, std::string_view path,
                             std::string_view summary, const protocol::Shape& shape) {
  Endpoint endpoint{};
  endpoint.id = protocol::kOfOtherTable;
  endpoint.name = name;
  endpoint.method = method;
  endpoint.path = path;
  endpoint.summary = summary;
  endpoint.answer = {SuccessAnswer::Body::kJson, &shape, {}};
  endpoint.errors = kErrors;
  return endpoint;
}
constexpr Endpoint With(Endpoint endpoint, std::span<const Field> body) {
  endpoint.body = body;
  return endpoint;
}
constexpr Endpoint Asking(Endpoint endpoint, std::span<const Field> query) {
  endpoint.query = query;
  return endpoint;
}

constexpr std::array<Endpoint, 30> kEndpoints = {{
    Operation("list_shares", "GET", "/shares", "Lists all shares.", kSharesShape),
    With(Operation("create_share", "POST", "/shares", "Makes a share.", kShareShape), kShareBody),
    Operation("get_share", "GET", "/shares/{share}", "Describes a share with its tables.",
              kShareDetailShape),
    With(Operation("alter_share", "PATCH", "/shares/{share}",
                   "Changes what is given; properties as a whole.", kShareShape),
         kRemarksBody),
    Operation("drop_share", "DELETE", "/shares/{share}",
              "Removes a share with its tables and the grants on them. The data stays.",
              kDoneShape),
    With(Operation("add_table", "POST", "/shares/{share}/tables", "Adds a table to a share.",
                   kTableShape),
         kTableBody),
    With(Operation("add_folder", "POST", "/shares/{share}/folders",
                   "Lets the tables below a folder be those of a schema, as they come and go.",
                   kSchemaShape),
         kFolderBody),
    With(Operation("alter_schema", "PATCH", "/shares/{share}/schemas/{schema}",
                   "Changes what is given; properties as a whole.", kSchemaShape),
         kRemarksBody),
    With(Operation("alter_table", "PATCH", "/shares/{share}/schemas/{schema}/tables/{table}",
                   "Changes what is given; properties as a whole.", kTableShape),
         kRemarksBody),
    Operation("remove_schema", "DELETE", "/shares/{share}/schemas/{schema}",
              "Removes a schema with its tables and the grants on them. The data stays.",
              kDoneShape),
    Operation("remove_table", "DELETE", "/shares/{share}/schemas/{schema}/tables/{table}",
              "Removes a table with the grants on it. The data stays.", kDoneShape),
    Operation("list_recipients", "GET", "/recipients",
              "Lists all recipients, without tokens, identities and grants.", kRecipientsShape),
    With(Operation(
             "create_recipient", "POST", "/recipients",
             "Makes a recipient, who has no token and sees nothing yet; with an issuer, one whom "
             "tokens of it mean.",
             kRecipientShape),
         kRecipientBody),
    Operation("get_recipient", "GET", "/recipients/{recipient}", "Describes a recipient.",
              kRecipientShape),
    With(Operation("alter_recipient", "PATCH", "/recipients/{recipient}",
                   "Changes what is given; lists and properties as a whole.", kRecipientShape),
         kAlterBody),
    Operation("drop_recipient", "DELETE", "/recipients/{recipient}",
              "Removes a recipient with tokens, links, identities and grants.", kDoneShape),
    With(Operation("issue_token", "POST", "/recipients/{recipient}/tokens",
                   "Makes one more token, and answers with its profile.", kIssuedShape),
         kIssueBody),
    With(Operation("rotate_tokens", "POST", "/recipients/{recipient}/rotate",
                   "Makes a token in place of all that there are.", kIssuedShape),
         kRotateBody),
    Operation("revoke_tokens", "DELETE", "/recipients/{recipient}/tokens",
              "Ends all tokens, links and identities of the recipient at once.", kDoneShape),
    Operation("revoke_token", "DELETE", "/recipients/{recipient}/tokens/{token}",
              "Ends one token at once.", kDoneShape),
    With(Operation("make_link", "POST", "/recipients/{recipient}/links",
                   "Makes a link that gives a profile exactly once.", kLinkShape),
         kLinkBody),
    With(Operation("add_identity", "POST", "/recipients/{recipient}/identities",
                   "Lets tokens of a configured issuer mean the recipient.", kIdentityShape),
         kIdentityBody),
    Operation("remove_identity", "DELETE", "/recipients/{recipient}/identities/{identity}",
              "Ends what tokens of that identity open, at once.", kDoneShape),
    Operation("list_grants", "GET", "/grants", "Lists the grants of all recipients.", kGrantsShape),
    With(Operation("add_grant", "PUT", "/recipients/{recipient}/grants",
                   "Lets a recipient read a share, a schema or a table, in place of a grant on the "
                   "same.",
                   kDoneShape),
         kGrantBody),
    Asking(Operation("remove_grant", "DELETE", "/recipients/{recipient}/grants",
                     "Takes back the grant on a share, a schema or a table.", kDoneShape),
           kGrantQuery),
    Operation("list_admins", "GET", "/admins", "Lists who may use this API.", kAdminsShape),
    With(Operation("create_admin", "POST", "/admins", "Makes an admin, and answers with the token.",
                   kAdminTokenShape),
         kAdminBody),
    Operation("drop_admin", "DELETE", "/admins/{admin}", "Ends an admin's token at once.",
              kDoneShape),
    Asking(Operation("list_changes", "GET", "/changes",
                     "Lists the changes of the catalog, the newest first.", kChangesShape),
           kChangesQuery),
}};
static_assert(kEndpoints.size() == static_cast<std::size_t>(OperationId::kListChanges) + 1);

}  // namespace

std::span<const Endpoint> OperationEndpoints() {
  return kEndpoints;
}

const Endpoint& EndpointOf(OperationId id) {
  return kEndpoints.at(static_cast<std::size_t>(id));
}

}  // namespace sluice::admin
