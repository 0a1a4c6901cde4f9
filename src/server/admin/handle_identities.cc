// Operations on identities: tokens of issuers that mean a recipient.
#include <boost/json.hpp>

#include "server/admin/handlers.h"

namespace sluice::admin {

namespace json = boost::json;

std::optional<catalog::IdentityTerms> IdentityOf(const OperationCall& call) {
  if (!call.parameters.contains("issuer")) return std::nullopt;
  catalog::IdentityTerms terms{TextOf(call, "issuer"), TextOf(call, "subject")};
  for (auto& [claim, value] : MapOf(call, "claims")) terms.claims[claim] = {value};
  terms.properties = MapOf(call, "claimProperties");
  return terms;
}

json::object IdentityObject(const catalog::IdentityRecord& identity) {
  json::object out{{"id", identity.id}, {"issuer", identity.terms.issuer}};
  PutText("subject", identity.terms.subject, &out);
  std::map<std::string, std::string> claims;
  for (const auto& [claim, values] : identity.terms.claims) claims[claim] = values.front();
  PutMap("claims", claims, &out);
  PutMap("claimProperties", identity.terms.properties, &out);
  PutTime("createdAt", identity.created_ms, &out);
  return out;
}

Answer AddIdentity(const OperationCall& call) {
  SLUICE_TRY(const auto added, call.admin.AddIdentity(call.arguments.at(0), *IdentityOf(call)));
  return IdentityObject(added);
}

Answer RemoveIdentity(const OperationCall& call) {
  return Done(call.admin.RemoveIdentity(call.arguments.at(0), call.arguments.at(1)));
}

}  // namespace sluice::admin
