// A private key that signs: of service accounts and of profiles.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oauth/signature_algorithm.h"

namespace sluice::oauth {

/// Immutable and thread-safe: as many threads sign at once as ask.
class SigningKey {
 public:
  /// `pem` is a private key of PKCS #8, PKCS #1 or SEC 1 without a passphrase, `algorithm` a name
  /// of RFC 7518 or RFC 8037: RS256, PS256, ES256, each also with 384 and 512, ES256K or EdDSA.
  /// Errors: kUnsupported for another algorithm; kInvalidArgument for what is no key, or none of
  /// the algorithm's, or an RSA key of fewer than 1024 or more than 8192 bits. No message holds
  /// any of it.
  static Result<std::shared_ptr<const SigningKey>> FromPem(std::string_view pem,
                                                           std::string_view algorithm = "RS256");

  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  std::string_view algorithm() const;
  /// The signature of `message` as JSON Web Signatures have it; of RSA about a millisecond for 2048
  /// bits. Errors: kInternal.
  Result<std::string> Sign(std::string_view message) const;

 private:
  SigningKey(EVP_PKEY* key, const SignatureAlgorithm& algorithm)
      : key_(key), algorithm_(algorithm) {}
  Status CheckKind() const;
  EVP_PKEY_CTX* TakeContext() const;
  bool Prepare(EVP_PKEY_CTX* context) const;
  Result<std::string> SignDigest(std::string_view message) const;
  Result<std::string> SignWhole(std::string_view message) const;

  EVP_PKEY* const key_;
  const SignatureAlgorithm& algorithm_;
  mutable std::mutex mutex_;
  mutable std::vector<EVP_PKEY_CTX*> idle_;  ///< Ready to sign; one a thread that ever did at once.
};

}  // namespace sluice::oauth
