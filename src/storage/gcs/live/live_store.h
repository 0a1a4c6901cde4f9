// A running store that the environment names, with a bucket of its own for each test.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "base/uri.h"
#include "net/http_client.h"
#include "storage/gcs/gcs_backend.h"

namespace sluice::storage {

/// SLUICE_GCS_ENDPOINT names it; without, no test of this program runs.
class LiveStore {
 public:
  LiveStore() {
    endpoint_ = std::getenv("SLUICE_GCS_ENDPOINT");
    static std::atomic<int> buckets{0};
    bucket_ = fmt::format("bucket-{}-{}", ::getpid(), ++buckets);
    Send("POST", "/storage/v1/b", R"({"name":")" + bucket_ + "\"}");
    ports_ = Open({{"anonymous", "true"}});
  }

  const Ports& ports() const { return ports_; }
  const std::string& bucket() const { return bucket_; }

  /// The bucket's folder "folder", with the store's endpoint among the options.
  Ports Open(StoreOptions options, const Clock& clock = SystemClock()) const {
    Surroundings here = Surroundings::OfProcess();
    here.clock = &clock;
    options["endpoint"] = endpoint_;
    const auto backend = MakeGcs(options, here);
    EXPECT_TRUE(backend) << backend.error().message;
    auto ports = (*backend)->Open(ParseLocation("gs://" + bucket_ + "/folder").value());
    EXPECT_TRUE(ports) << ports.error().message;
    return *std::move(ports);
  }

  void Put(std::string_view key, std::string_view bytes) const {
    std::string target = "/upload/storage/v1/b/" + bucket_ + "/o?uploadType=media&name=";
    AppendPercentEncoded("folder/" + std::string(key), false, &target);
    Send("POST", target, bytes);
  }

  net::HttpResponse Fetch(const net::HttpRequest& request) const {
    auto answer = http_.Send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(net::HttpResponse{});
  }

 private:
  void Send(const char* method, const std::string& target, std::string_view body) const {
    net::HttpRequest request;
    request.method = method;
    request.url = endpoint_ + target;
    request.body = body;
    request.headers = {{"Content-Type", "application/octet-stream"}};
    const auto answer = http_.Send(request);
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  std::string endpoint_;
  std::string bucket_;
  net::HttpClient http_{net::HttpOptions{}};
  Ports ports_;
};

}  // namespace sluice::storage
