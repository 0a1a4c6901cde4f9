// Recipients whom a configuration recognizes by what their token says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/identity_map.h"

namespace sluice::auth {

struct IdentityRule {
  std::string issuer;
  std::string subject = {};  ///< Empty: any.
  /// Each claim has one of the values at least. Not empty where `subject` is.
  std::map<std::string, std::vector<std::string>> claims = {};
  catalog::Recipient recipient;
  /// Properties that are the value of a claim, by the name of the property. One whose claim is
  /// missing or has several values is not there.
  std::map<std::string, std::string> properties = {};
};

/// Immutable. The first rule that holds decides. A rule without subject and claims never holds.
class ConfiguredIdentities : public catalog::IdentityMap {
 public:
  explicit ConfiguredIdentities(std::vector<IdentityRule> rules) : rules_(std::move(rules)) {}
  Result<catalog::Recipient> FindByIdentity(const catalog::Identity& identity) const override;

 private:
  const std::vector<IdentityRule> rules_;
};

}  // namespace sluice::auth
