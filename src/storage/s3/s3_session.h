// What all folders of one S3 store share.
#pragma once

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "net/http_client.h"
#include "storage/s3/credentials.h"
#include "storage/s3/s3_endpoint.h"
#include "storage/s3/sigv4.h"

namespace sluice::storage {

/// Thread-safe.
struct S3Session {
  S3Session(S3Endpoint at, S3Endpoint at_for_urls, std::shared_ptr<const net::HttpClient> client,
            std::shared_ptr<const AwsKeys> credentials, const Clock& time)
      : endpoint(std::move(at)),
        url_endpoint(std::move(at_for_urls)),
        http(std::move(client)),
        keys(std::move(credentials)),
        clock(time),
        signer(endpoint.region, "s3") {}

  /// The time as the store has it.
  std::int64_t NowMillis() const { return clock.NowMillis() + skew_ms; }

  const S3Endpoint endpoint;
  const S3Endpoint url_endpoint;  ///< The same store, as recipients reach it.
  const std::shared_ptr<const net::HttpClient> http;
  const std::shared_ptr<const AwsKeys> keys;  ///< Null: anonymous.
  const Clock& clock;
  const SigV4 signer;
  /// How far the store's clock is ahead of ours, once it has refused a request for that.
  mutable std::atomic<std::int64_t> skew_ms{0};
};

}  // namespace sluice::storage
