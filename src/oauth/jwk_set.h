// The public keys of an issuer of tokens: a JSON Web Key Set (RFC 7517).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oauth/verifying_key.h"

namespace sluice::oauth {

/// Immutable once read, and then thread-safe.
class JwkSet {
 public:
  static constexpr std::size_t kMaxKeys = 64;

  /// Leaves out what is not for signatures or not known here; there may be none left.
  /// Errors: kCorrupt for what is no set; kTooLarge for more than kMaxKeys.
  static Result<JwkSet> Parse(std::string_view text);

  /// The key of that id, or without an id the only one that fits the algorithm. Valid as long as
  /// the set. Errors: kNotFound where there is none; kInvalidArgument where the key of the id is
  /// for other algorithms, or several fit.
  Result<const VerifyingKey*> Choose(const std::optional<std::string>& key_id,
                                     const SignatureAlgorithm& algorithm) const;

  std::size_t size() const { return keys_.size(); }

 private:
  struct Entry {
    std::string key_id;     ///< Empty: none.
    std::string algorithm;  ///< The only one it is for; empty: any that fits.
    VerifyingKey key;
  };

  std::vector<Entry> keys_;
};

}  // namespace sluice::oauth
