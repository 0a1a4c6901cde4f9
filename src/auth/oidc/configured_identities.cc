#include "auth/oidc/configured_identities.h"

namespace sluice::auth {

Result<catalog::Recipient> ConfiguredIdentities::FindByIdentity(
    const catalog::Identity& identity) const {
  for (const IdentityRule& rule : rules_) {
    if (!catalog::Meets(identity, rule.terms)) continue;
    catalog::Recipient out = rule.recipient;
    catalog::AddClaimProperties(identity, rule.terms, &out);
    return out;
  }
  return Fail(ErrorKind::kNotFound, "no recipient is meant");
}

}  // namespace sluice::auth
