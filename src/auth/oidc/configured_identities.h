// Recipients whom a configuration recognizes by what their token says.
#pragma once

#include <vector>

#include "catalog/identity_map.h"

namespace sluice::auth {

struct IdentityRule {
  catalog::IdentityTerms terms;
  catalog::Recipient recipient;
};

/// Immutable. The first rule whose terms are met decides.
class ConfiguredIdentities : public catalog::IdentityMap {
 public:
  explicit ConfiguredIdentities(std::vector<IdentityRule> rules) : rules_(std::move(rules)) {}
  Result<catalog::Recipient> FindByIdentity(const catalog::Identity& identity) const override;

 private:
  const std::vector<IdentityRule> rules_;
};

}  // namespace sluice::auth
