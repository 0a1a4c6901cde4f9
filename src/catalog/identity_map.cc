#include "catalog/identity_map.h"

#include <algorithm>

namespace sluice::catalog {

bool Meets(const Identity& identity, const IdentityTerms& terms) {
  if (terms.issuer != identity.issuer) return false;
  if (terms.subject.empty() && terms.claims.empty()) return false;
  if (!terms.subject.empty() && terms.subject != identity.subject) return false;
  return std::all_of(terms.claims.begin(), terms.claims.end(), [&](const auto& wanted) {
    const auto has = identity.claims.find(wanted.first);
    return has != identity.claims.end() &&
           std::find_first_of(has->second.begin(), has->second.end(), wanted.second.begin(),
                              wanted.second.end()) != has->second.end();
  });
}

void AddClaimProperties(const Identity& identity, const IdentityTerms& terms,
                        Recipient* recipient) {
  for (const auto& [property, claim] : terms.properties) {
    const auto found = identity.claims.find(claim);
    if (found == identity.claims.end() || found->second.size() != 1) continue;
    recipient->properties.insert_or_assign(property, found->second.front());
  }
}

}  // namespace sluice::catalog
