// A private RSA key that signs: of Google's service accounts.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::storage {

/// Immutable and thread-safe: as many threads sign at once as ask.
class RsaKey {
 public:
  /// `pem` is a private key of PKCS #8 or PKCS #1 without a passphrase. Errors: kInvalidArgument
  /// for what is none, or has fewer than 1024 or more than 8192 bits. No message holds any of it.
  static Result<std::shared_ptr<const RsaKey>> FromPem(std::string_view pem);

  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  /// RSASSA-PKCS1-v1_5 with SHA-256, of `message`. About a millisecond for 2048 bits.
  /// Errors: kInternal.
  Result<std::string> Sign(std::string_view message) const;

 private:
  explicit RsaKey(EVP_PKEY* key) : key_(key) {}
  EVP_PKEY_CTX* TakeContext() const;

  EVP_PKEY* const key_;
  mutable std::mutex mutex_;
  mutable std::vector<EVP_PKEY_CTX*> idle_;  ///< Ready to sign; one a thread that ever did at once.
};

}  // namespace sluice::storage
