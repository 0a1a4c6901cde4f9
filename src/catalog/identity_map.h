// From somebody whom an issuer of tokens vouches for to a recipient.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/recipient.h"

namespace sluice::catalog {

/// What a token proved.
struct Identity {
  std::string issuer;   ///< As the token's `iss` has it, character for character.
  std::string subject;  ///< Of the claim that is configured for the issuer; empty: it has none.
  /// The claims that are a text, a number, true or false, or a list of them, as texts. One that
  /// lies in an object has a name such as "realm_access.roles"; it never takes the place of a claim
  /// whose own name that is.
  std::map<std::string, std::vector<std::string>, std::less<>> claims;
};

/// What a token has to prove, to be that of a recipient.
struct IdentityTerms {
  std::string issuer;
  std::string subject = {};  ///< Empty: any.
  /// Each claim has one of the values at least. Not empty where `subject` is.
  std::map<std::string, std::vector<std::string>> claims = {};
  /// Properties of the recipient that are the value of a claim, by the name of the property. One
  /// whose claim is missing or has several values is not there.
  std::map<std::string, std::string> properties = {};
};

/// Terms without subject and claims are never met.
bool Meets(const Identity& identity, const IdentityTerms& terms);
/// Gives the recipient the properties that are claims.
void AddClaimProperties(const Identity& identity, const IdentityTerms& terms, Recipient* recipient);

/// Thread-safe.
class IdentityMap {
 public:
  virtual ~IdentityMap() = default;
  /// Recipient::expires_at_ms is that of the recipient, if it has one; the token's is the caller's
  /// to judge. Errors: kNotFound where nobody is meant; kPermissionDenied where several are, in
  /// words for the log; kUnavailable.
  virtual Result<Recipient> FindByIdentity(const Identity& identity) const = 0;
};

}  // namespace sluice::catalog
