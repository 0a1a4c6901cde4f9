// Operations on recipients and grants.
#include <boost/json.hpp>

#include "server/admin/handlers.h"

namespace sluice::admin {
namespace {

namespace json = boost::json;

json::object ObjectOf(const catalog::GrantRecord& record) {
  json::object out{{"recipient", record.recipient}, {"share", record.grant.share}};
  PutText("schema", record.grant.schema, &out);
  PutText("table", record.grant.table, &out);
  PutText("rowFilter", record.grant.row_filter, &out);
  PutTime("createdAt", record.created_ms, &out);
  return out;
}

json::array Array(const std::vector<catalog::GrantRecord>& grants) {
  json::array items;
  for (const auto& grant : grants) items.emplace_back(ObjectOf(grant));
  return items;
}

json::array Array(const std::vector<catalog::TokenRecord>& tokens) {
  json::array items;
  for (const auto& token : tokens) {
    json::object item{{"id", token.id}};
    PutTime("createdAt", token.created_ms, &item);
    PutTime("expirationTime", token.expires_at_ms, &item);
    items.emplace_back(std::move(item));
  }
  return items;
}

/// What a listing of all tells of each.
json::object SummaryOf(const catalog::RecipientRecord& recipient) {
  json::object out{{"name", recipient.name}};
  PutText("comment", recipient.comment, &out);
  PutMap("properties", recipient.properties, &out);
  PutTexts("networks", recipient.allowed_networks, &out);
  const catalog::RecipientLimits& limits = recipient.limits;
  if (limits.requests_per_minute) out["requestsPerMinute"] = *limits.requests_per_minute;
  if (limits.concurrent_requests) out["concurrentRequests"] = *limits.concurrent_requests;
  PutTime("createdAt", recipient.created_ms, &out);
  return out;
}

json::object ObjectOf(const catalog::RecipientRecord& recipient) {
  json::object out = SummaryOf(recipient);
  out["tokens"] = Array(recipient.tokens);
  json::array identities;
  for (const auto& identity : recipient.identities)
    identities.emplace_back(IdentityObject(identity));
  out["identities"] = std::move(identities);
  out["grants"] = Array(recipient.grants);
  out["openLinks"] = recipient.open_links;
  return out;
}

/// 0 stands for no limit.
void ReadLimit(const OperationCall& call, std::string_view name,
               std::optional<std::int64_t>* limit) {
  const auto number = NumberOf(call, name);
  if (number) *limit = *number == 0 ? std::nullopt : number;
}

void ReadLimits(const OperationCall& call, catalog::RecipientLimits* limits) {
  ReadLimit(call, "requestsPerMinute", &limits->requests_per_minute);
  ReadLimit(call, "concurrentRequests", &limits->concurrent_requests);
}

catalog::Grant GrantOf(const OperationCall& call) {
  return {TextOf(call, "share"), TextOf(call, "schema"), TextOf(call, "table"),
          TextOf(call, "rowFilter")};
}

}  // namespace

Answer ListRecipients(const OperationCall& call) {
  SLUICE_TRY(const auto recipients, call.admin.ListRecipients());
  json::array items;
  for (const auto& recipient : recipients) items.emplace_back(SummaryOf(recipient));
  return json::object{{"items", std::move(items)}};
}

Answer CreateRecipient(const OperationCall& call) {
  catalog::RecipientRecord recipient{TextOf(call, "name"), TextOf(call, "comment"),
                                     MapOf(call, "properties"), TextsOf(call, "networks")};
  ReadLimits(call, &recipient.limits);
  if (auto terms = IdentityOf(call)) {
    recipient.identities.push_back({"", *std::move(terms)});
  } else if (call.parameters.contains("subject") || call.parameters.contains("claims") ||
             call.parameters.contains("claimProperties")) {
    return Fail(ErrorKind::kInvalidArgument, "issuer is missing");
  }
  SLUICE_TRY(const auto created, call.admin.CreateRecipient(recipient));
  return ObjectOf(created);
}

Answer GetRecipient(const OperationCall& call) {
  SLUICE_TRY(const auto recipient, call.admin.GetRecipient(call.arguments.at(0)));
  return ObjectOf(recipient);
}

Answer AlterRecipient(const OperationCall& call) {
  SLUICE_TRY(const auto before, call.admin.GetRecipient(call.arguments.at(0)));
  catalog::RecipientChanges changes;
  if (call.parameters.contains("comment")) changes.comment = TextOf(call, "comment");
  if (call.parameters.contains("properties")) changes.properties = MapOf(call, "properties");
  if (call.parameters.contains("networks")) changes.allowed_networks = TextsOf(call, "networks");
  changes.limits = before.limits;
  ReadLimits(call, &*changes.limits);
  SLUICE_TRY(const auto altered, call.admin.AlterRecipient(before.name, changes));
  return ObjectOf(altered);
}

Answer DropRecipient(const OperationCall& call) {
  return Done(call.admin.DropRecipient(call.arguments.at(0)));
}

Answer ListGrants(const OperationCall& call) {
  SLUICE_TRY(const auto grants, call.admin.ListGrants());
  return json::object{{"items", Array(grants)}};
}

Answer AddGrant(const OperationCall& call) {
  return Done(call.admin.AddGrant(call.arguments.at(0), GrantOf(call)));
}

Answer RemoveGrant(const OperationCall& call) {
  return Done(call.admin.RemoveGrant(call.arguments.at(0), GrantOf(call)));
}

}  // namespace sluice::admin
