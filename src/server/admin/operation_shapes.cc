#include "server/admin/operation_shapes.h"

#include <array>

namespace sluice::admin {
namespace {

using protocol::Field;
using protocol::Shape;
using enum protocol::FieldType;

constexpr Field Text(std::string_view name, std::string_view summary) {
  return {name, kString, true, summary};
}
constexpr Field Maybe(std::string_view name, std::string_view summary) {
  return {name, kString, false, summary};
}
constexpr Field Time(std::string_view name, std::string_view summary, bool required = true) {
  return {name, kTimestamp, required, summary};
}
constexpr Field Items(const Shape& shape) {
  Field field{"items", kObjects, true, "All of them, in the order of their names."};
  field.shape = &shape;
  return field;
}
constexpr Field List(std::string_view name, const Shape& shape, std::string_view summary) {
  Field field{name, kObjects, true, summary};
  field.shape = &shape;
  return field;
}

constexpr Field kName = Text("name", "Compared without case, answered as it was given.");
constexpr Field kComment = Maybe("comment", "For people.");
constexpr Field kCreated = Time("createdAt", "When it was made.");
constexpr Field kExpires =
    Time("expirationTime", "Until when it works; without it, for ever.", false);

constexpr Field kProperties = {"properties", kStringMap, false, "Of the provider's own."};
constexpr std::array kShareFields = {kName, Text("id", "Stable."), kComment, kProperties, kCreated};
constexpr Field kStorage = {"storage", kStringMap, false, "Options of the location's store."};
constexpr std::array kSchemaFields = {
    Text("share", "Of the schema."),
    kName,
    kComment,
    kProperties,
    Maybe("folder", "Whose tables are those of the schema, too."),
    Field{"include", kStrings, false, "Patterns of the tables' paths below it."},
    Field{"exclude", kStrings, false, "Patterns of tables that are not shared."},
    Field{"historyShared", kBoolean, false, "Whether older versions and changes are shared."},
    Maybe("rowFilter", "Holds for every table of the folder."),
    kStorage,
    kCreated,
};
constexpr std::array kTableFields = {
    Text("share", "Of the table."),
    Text("schema", "Of the table."),
    kName,
    Text("id", "Stable; unique in the catalog for each location."),
    kComment,
    Text("location", "Where it lies."),
    Field{"historyShared", kBoolean, true, "Whether older versions and changes are shared."},
    Field{"startVersion", kInteger, true, "The first version that history shows.", 0},
    Field{"files", kStrings, false, "Patterns of a folder without a log."},
    Maybe("rowFilter", "Holds for every recipient."),
    kStorage,
    kProperties,
    kCreated,
};
constexpr std::array kGrantFields = {
    Text("recipient", "Who may read."),
    Text("share", "What may be read."),
    Maybe("schema", "Only this schema."),
    Maybe("table", "Only this table."),
    Maybe("rowFilter", "Only partitions for which it is true."),
    kCreated,
};
constexpr std::array kTokenFields = {Text("id", "Names the token; tells nothing of it."), kCreated,
                                     kExpires};
constexpr std::array kIdentityFields = {
    Text("id", "Names the identity."),
    Text("issuer", "Whose tokens they are."),
    Maybe("subject", "Only the token of this one."),
    Field{"claims", kStringMap, false, "Only a token that has each of these claims."},
    Field{"claimProperties", kStringMap, false, "Properties that are the value of a claim."},
    kCreated,
};
constexpr std::array kAdminFields = {kName, kCreated, kExpires};
constexpr std::array kChangeFields = {
    Field{"version", kInteger, true, "Of the catalog, which each change makes greater.", 0},
    Time("time", "When it was done."),
    Text("actor", "Who did it."),
    Text("action", "What was done."),
    Text("target", "To what."),
    Text("detail", "And how."),
};
constexpr std::array kProfileFields = {
    Field{"shareCredentialsVersion", kInteger, true, "1.", 1},
    Text("endpoint", "The URL of the server."),
    Text("bearerToken", "The secret; shown this once."),
    kExpires,
};

constexpr Shape kTokenShape = {"RecipientToken", "A token, without its secret.", kTokenFields};
constexpr Shape kAdminShape = {"Admin", "Somebody who may use this API.", kAdminFields};
constexpr Shape kChangeShape = {"Change", "A change of the catalog.", kChangeFields};
constexpr Shape kProfileShape = {"Profile", "A profile file.", kProfileFields};

constexpr std::array kSharesFields = {Items(kShareShape)};
constexpr std::array kShareDetailFields = {
    kShareFields[0],
    kShareFields[1],
    kShareFields[2],
    kShareFields[3],
    kShareFields[4],
    List("schemas", kSchemaShape, "Its schemas."),
    List("tables", kTableShape, "Its tables."),
};
constexpr std::array kSummaryFields = {
    kName,
    kComment,
    Field{"properties", kStringMap, false, "What row filters may refer to."},
    Field{"networks", kStrings, false, "Where requests may come from; none: anywhere."},
    Field{"requestsPerMinute", kInteger, false, "A limit.", 1},
    Field{"concurrentRequests", kInteger, false, "A limit.", 1},
    kCreated,
};
constexpr Shape kSummaryShape = {"RecipientSummary", "A recipient, as a listing of all has it.",
                                 kSummaryFields};
constexpr std::array kRecipientFields = {
    kSummaryFields[0],
    kSummaryFields[1],
    kSummaryFields[2],
    kSummaryFields[3],
    kSummaryFields[4],
    kSummaryFields[5],
    kSummaryFields[6],
    List("tokens", kTokenShape, "Without their secrets."),
    List("identities", kIdentityShape, "Of identity providers."),
    List("grants", kGrantShape, "What it may read."),
    Field{"openLinks", kInteger, true, "Activation links that may still be used.", 0},
};
constexpr std::array kRecipientsFields = {Items(kSummaryShape)};
constexpr Field ProfileField() {
  Field field{"profile", kObject, true, "The recipient's profile file, shown this once."};
  field.shape = &kProfileShape;
  return field;
}
constexpr std::array kIssuedFields = {Text("recipient", "Whose token it is."),
                                      Text("tokenId", "Names the token."), ProfileField()};
constexpr std::array kLinkFields = {
    Text("recipient", "Whose link it is."),
    Text("url", "Gives the profile to whoever uses it first."),
    Time("expirationTime", "Until when it may be used."),
};
constexpr std::array kGrantsFields = {Items(kGrantShape)};
constexpr std::array kAdminsFields = {Items(kAdminShape)};
constexpr std::array kAdminTokenFields = {kName, Text("token", "The secret, shown this once."),
                                          kExpires};
constexpr std::array kChangesFields = {Items(kChangeShape)};

}  // namespace

const Shape kShareShape = {"Share", "A share.", kShareFields};
const Shape kShareDetailShape = {"ShareDetail", "A share, its schemas and tables.",
                                 kShareDetailFields};
const Shape kSharesShape = {"Shares", "All shares.", kSharesFields};
const Shape kSchemaShape = {"Schema", "A schema.", kSchemaFields};
const Shape kTableShape = {"Table", "A table.", kTableFields};
const Shape kRecipientShape = {"Recipient", "Somebody who may read.", kRecipientFields};
const Shape kRecipientsShape = {"Recipients", "All recipients.", kRecipientsFields};
const Shape kIssuedShape = {"IssuedToken", "A new token.", kIssuedFields};
const Shape kLinkShape = {"Link", "An activation link.", kLinkFields};
const Shape kIdentityShape = {"Identity", "Whose tokens mean a recipient.", kIdentityFields};
const Shape kGrantShape = {"Grant", "A right to read.", kGrantFields};
const Shape kGrantsShape = {"Grants", "All grants.", kGrantsFields};
const Shape kAdminsShape = {"Admins", "All admins.", kAdminsFields};
const Shape kAdminTokenShape = {"AdminToken", "A new admin and the token.", kAdminTokenFields};
const Shape kChangesShape = {"Changes", "Changes, the newest first.", kChangesFields};
const Shape kDoneShape = {"Done", "It is done.", {}};

}  // namespace sluice::admin
