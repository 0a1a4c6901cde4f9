// The keys that sign URLs in version 4 of Google Cloud Storage's signing process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/gcs/gcs_identity.h"

namespace sluice::storage {

/// Signs requests of one day and time. Immutable and thread-safe.
class V4Signature {
 public:
  virtual ~V4Signature() = default;
  /// Appends the signature in hex to `out`, for a canonical request of which `digest_hex` is the
  /// SHA-256 in hex. On an error `out` is as it was.
  virtual Status Append(std::string_view digest_hex, std::string* out) const = 0;
};

/// Immutable and thread-safe.
class V4Key {
 public:
  virtual ~V4Key() = default;
  /// "GOOG4-RSA-SHA256" or "GOOG4-HMAC-SHA256".
  virtual std::string_view Algorithm() const = 0;
  /// Whose key it is: an e-mail address or the id of an HMAC key. May ask for it and fail.
  virtual Result<std::string> Id() const = 0;
  /// As UrlSigner::waits.
  virtual bool waits() const { return false; }
  /// How long a signature is good.
  virtual std::int64_t LongestMs() const = 0;
  /// `date` is "20190201"; `before_digest` is what stands before the digest in the string to sign.
  virtual std::shared_ptr<const V4Signature> Begin(std::string_view date,
                                                   std::string before_digest) const = 0;
};

/// The fastest key there is: HMAC (about a microsecond a URL), the key of a service account (about
/// a millisecond), IAM's signBlob (a call over the network); null where nothing can sign.
std::shared_ptr<const V4Key> MakeV4Key(const GcsOptions& options, const GcsIdentity& identity);

/// "20190201/auto/storage/goog4_request".
std::string V4Scope(std::string_view date);

}  // namespace sluice::storage
