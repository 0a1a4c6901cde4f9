// A public key that verifies signatures, as issuers of tokens publish theirs (RFC 7517, RFC 8037).
#pragma once

#include <openssl/evp.h>

#include <boost/json/object.hpp>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "oauth/signature_algorithm.h"

namespace sluice::oauth {

/// Immutable, cheap to copy and thread-safe.
class VerifyingKey {
 public:
  /// Takes RSA of 2048 to 8192 bits, the curves P-256, P-384, P-521 and secp256k1, and Ed25519.
  /// Errors: kUnsupported for a key of another type, one that shares a secret included; kCorrupt
  /// for one that is none. No message holds any of it.
  static Result<VerifyingKey> FromJwk(const boost::json::object& jwk);

  /// Whether it is of the type and curve that the algorithm wants.
  bool Fits(const SignatureAlgorithm& algorithm) const { return KeyFits(key_.get(), algorithm); }
  /// Whether `signature`, as JSON Web Signatures have it, is that of `text`. False where the key
  /// does not fit.
  bool Verifies(const SignatureAlgorithm& algorithm, std::string_view text,
                std::string_view signature) const;

 private:
  explicit VerifyingKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace sluice::oauth
