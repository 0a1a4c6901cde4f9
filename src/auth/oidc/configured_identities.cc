#include "auth/oidc/configured_identities.h"

#include <algorithm>

namespace sluice::auth {
namespace {

bool Holds(const IdentityRule& rule, const catalog::Identity& identity) {
  if (rule.issuer != identity.issuer) return false;
  if (rule.subject.empty() && rule.claims.empty()) return false;
  if (!rule.subject.empty() && rule.subject != identity.subject) return false;
  return std::all_of(rule.claims.begin(), rule.claims.end(), [&](const auto& wanted) {
    const auto has = identity.claims.find(wanted.first);
    return has != identity.claims.end() &&
           std::find_first_of(has->second.begin(), has->second.end(), wanted.second.begin(),
                              wanted.second.end()) != has->second.end();
  });
}

}  // namespace

Result<catalog::Recipient> ConfiguredIdentities::FindByIdentity(
    const catalog::Identity& identity) const {
  for (const IdentityRule& rule : rules_) {
    if (!Holds(rule, identity)) continue;
    catalog::Recipient out = rule.recipient;
    for (const auto& [property, claim] : rule.properties) {
      const auto found = identity.claims.find(claim);
      if (found == identity.claims.end() || found->second.size() != 1) continue;
      out.properties.insert_or_assign(property, found->second.front());
    }
    return out;
  }
  return Fail(ErrorKind::kNotFound, "no recipient is meant");
}

}  // namespace sluice::auth
