// AWS Signature Version 4: requests signed by a header, and URLs that carry their signature.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/renewing.h"
#include "net/http_client.h"

namespace sluice::storage {

/// Never logged.
struct AwsKey {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< Empty for keys that do not end.
};
using AwsKeyPtr = Renewing<AwsKey>::Ptr;

/// "20130524T000000Z".
std::string AmzDate(std::int64_t now_ms);

/// The key of one day, region and service, derived from a secret. Immutable and thread-safe.
struct SigningKey {
  SigningKey(const AwsKey& key, std::string_view day, std::string_view region,
             std::string_view service);

  std::string scope;  ///< "20130524/us-east-1/s3/aws4_request"
  HmacKey hmac;
};

/// Signs for one service in one region. Thread-safe; the signing key is kept for as long as the day
/// and the credential last.
class SigV4 {
 public:
  SigV4(std::string region, std::string service)
      : region_(std::move(region)), service_(std::move(service)) {}

  const std::string& region() const { return region_; }

  /// Adds the headers that show who asks; all headers that the request has are signed, so whatever
  /// is added later must not be. The URL is encoded as it goes out, the parameters of its query are
  /// in the order of their names, and each has a '='.
  void Sign(const AwsKeyPtr& key, std::int64_t now_ms, net::HttpRequest* request) const;

  std::shared_ptr<const SigningKey> KeyFor(const AwsKeyPtr& key, std::int64_t now_ms) const;

 private:
  const std::string region_;
  const std::string service_;
  mutable std::mutex mutex_;
  mutable AwsKeyPtr kept_of_;
  mutable std::string kept_day_;
  mutable std::shared_ptr<const SigningKey> kept_;
};

/// What the presigned URLs of one folder have in common.
struct PresignScope {
  std::string origin;       ///< "https://bucket.s3.eu-central-1.amazonaws.com"
  std::string path_prefix;  ///< Encoded, from its first slash on: "/folder/".
  std::int64_t signed_at_ms = 0;
  std::int64_t valid_seconds = 0;
};

/// Makes presigned URLs for GET: the signature is in the query, the payload unsigned. Immutable and
/// thread-safe. A URL costs the hash of its own text and one HMAC.
class Presigner {
 public:
  Presigner(const AwsKey& key, const SigningKey& signing, PresignScope scope);

  /// `name` is what follows the prefix, decoded.
  void AppendUrl(std::string_view name, std::string* out) const;

 private:
  std::string before_name_;  ///< Origin and path prefix.
  std::string query_;        ///< From '?' to "&X-Amz-Signature=".
  std::string after_path_;   ///< Of the canonical request.
  Sha256State before_path_;  ///< Of the canonical request, the path's prefix included.
  HmacKey signer_;           ///< After all of the string to sign but the request's digest.
};

}  // namespace sluice::storage
