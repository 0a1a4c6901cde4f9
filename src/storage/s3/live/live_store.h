// The store that the environment names: its URL in SLUICE_S3_ENDPOINT, two buckets of it in
// SLUICE_S3_BUCKET and SLUICE_S3_OTHER_BUCKET, keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,
// and where there is such, the URL of its token service in SLUICE_S3_STS, a URL whose host's
// subdomains are buckets in SLUICE_S3_VIRTUAL_ENDPOINT, its certificate in SLUICE_S3_CA_FILE.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/hash.h"
#include "base/uri.h"
#include "storage/s3/s3_backend.h"
#include "storage/s3/sigv4.h"

namespace sluice::storage {

inline std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A clock that is wrong by `shift_ms`.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(std::int64_t shift_ms) : shift_ms_(shift_ms) {}
  std::int64_t NowMillis() const override { return SystemClock().NowMillis() + shift_ms_; }

 private:
  const std::int64_t shift_ms_;
};

class LiveStore {
 public:
  /// A folder that no other test uses, in `bucket`.
  explicit LiveStore(std::string bucket = Variable("SLUICE_S3_BUCKET"))
      : endpoint_(Variable("SLUICE_S3_ENDPOINT")) {
    if (endpoint_.empty()) {
      Skip();
      return;
    }
    static std::atomic<int> count{0};
    location_.kind = StoreKind::kS3;
    location_.bucket = std::move(bucket);
    location_.folder =
        "tests/" + Sha256Hex(RandomBytes(8)).substr(0, 8) + "/t " + std::to_string(++count);
    ports_ = Open({});
  }

  bool there() const { return !endpoint_.empty(); }
  const std::string& endpoint() const { return endpoint_; }
  const Location& location() const { return location_; }
  const Ports& ports() const { return ports_; }

  /// This folder, through a store with more options.
  Ports Open(StoreOptions options, const Clock& clock = SystemClock()) const {
    options.emplace("endpoint", endpoint_);
    if (!CaFile().empty() && !options.contains("verifyTls")) options.emplace("caFile", CaFile());
    Surroundings here = Surroundings::OfProcess();
    here.clock = &clock;
    const auto backend = MakeS3(options, here);
    EXPECT_TRUE(backend) << backend.error().message;
    const auto ports = (*backend)->Open(location_);
    EXPECT_TRUE(ports) << ports.error().message;
    return *ports;
  }

  static std::string CaFile() { return Variable("SLUICE_S3_CA_FILE"); }
  static const net::HttpClient& Client() {
    static const net::HttpClient client([] {
      net::HttpOptions options;
      options.ca_file = CaFile();
      return options;
    }());
    return client;
  }

  /// A place of this store, for one who has nothing but what `vendor` gives.
  Ports OpenWith(std::shared_ptr<const CredentialVendor> vendor, const Location& place) const {
    Surroundings here;
    here.variable = [](const char*) { return std::string(); };
    here.vended = std::move(vendor);
    const auto backend = MakeS3({{"endpoint", endpoint_}, {"caFile", CaFile()}}, here);
    EXPECT_TRUE(backend) << backend.error().message;
    return (*backend)->Open(place).value();
  }

  void Put(std::string_view key, std::string_view bytes) const {
    const std::string name = FolderPrefix(location_.folder) + std::string(key);
    const auto answer =
        Send("PUT", endpoint_ + "/" + location_.bucket + "/" + PercentEncode(name, true), bytes,
             {Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"), ""});
    ASSERT_EQ(answer.status, 200) << key << ": " << answer.body;
  }

  /// A request that is signed with `key`.
  static net::HttpResponse Send(const char* method, const std::string& url, std::string_view body,
                                const AwsKey& key) {
    net::HttpRequest request;
    request.method = method;
    request.url = url;
    request.body = std::string(body);
    static const SigV4 signer("us-east-1", "s3");
    signer.Sign(std::make_shared<const Expiring<AwsKey>>(Expiring<AwsKey>{key}),
                SystemClock().NowMillis(), &request);
    return Fetch(request);
  }

  static net::HttpResponse Fetch(const net::HttpRequest& request) {
    auto answer = Client().Send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : net::HttpResponse{};
  }

 private:
  static void Skip() { GTEST_SKIP() << "SLUICE_S3_ENDPOINT names no store"; }

  const std::string endpoint_;
  Location location_;
  Ports ports_;
};

}  // namespace sluice::storage
