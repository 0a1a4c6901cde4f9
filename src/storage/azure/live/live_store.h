// The account that the environment names: its URL in SLUICE_AZURE_ENDPOINT, its name and key in
// SLUICE_AZURE_ACCOUNT and SLUICE_AZURE_KEY, what to trust in SLUICE_AZURE_CA (may be empty).
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/encoding.h"
#include "base/uri.h"
#include "storage/azure/azure_backend.h"
#include "storage/azure/blob_service.h"

namespace sluice::storage {

inline std::string Variable(const char* name) {
  return Surroundings::OfProcess().variable(name);
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
  /// A folder that no other test uses, in `container`; without one a container that none uses.
  explicit LiveStore(std::string container = "first")
      : endpoint_(Variable("SLUICE_AZURE_ENDPOINT")) {
    if (endpoint_.empty()) {
      Skip();
      return;
    }
    net::HttpOptions http;
    http.ca_file = Variable("SLUICE_AZURE_CA");
    http_ = std::make_shared<const net::HttpClient>(http);
    static std::atomic<int> count{0};
    location_.kind = StoreKind::kAzure;
    const std::string own = fmt::format("{}-{}", ::getpid(), ++count);
    location_.bucket = container.empty() ? "own-" + own : container;
    if (!container.empty()) location_.folder = "tests/" + own + " x";
    const net::HttpResponse made = Send("PUT", "?restype=container", "");
    EXPECT_TRUE(made.status == 201 || made.status == 409) << made.body;
    ports_ = Open({{"accountKey", Variable("SLUICE_AZURE_KEY")}});
  }

  bool there() const { return !endpoint_.empty(); }
  const std::string& endpoint() const { return endpoint_; }
  const Location& location() const { return location_; }
  const Ports& ports() const { return ports_; }

  /// This folder, through a store with these options.
  Ports Open(StoreOptions options) const { return Open(std::move(options), Nothing()); }
  Ports Open(StoreOptions options, const Surroundings& here) const {
    options.emplace("endpoint", endpoint_);
    options.emplace("account", Variable("SLUICE_AZURE_ACCOUNT"));
    options.emplace("caFile", Variable("SLUICE_AZURE_CA"));
    const auto backend = MakeAzure(options, here);
    EXPECT_TRUE(backend) << backend.error().message;
    if (!backend) return {};
    const auto ports = (*backend)->Open(location_);
    EXPECT_TRUE(ports) << ports.error().message;
    return ports ? *ports : Ports{};
  }

  /// A machine without any variable.
  static Surroundings Nothing(const Clock& clock = SystemClock()) {
    Surroundings here;
    here.variable = [](const char*) { return std::string(); };
    here.clock = &clock;
    return here;
  }

  void Put(std::string_view key, std::string_view bytes) const {
    const std::string name = FolderPrefix(location_.folder) + std::string(key);
    const net::HttpResponse put = Send("PUT", "/" + PercentEncode(name, true), bytes);
    ASSERT_EQ(put.status, 201) << key << ": " << put.body;
  }

  /// A place of this account, for one who has nothing but what `vendor` gives.
  Ports OpenWith(std::shared_ptr<const CredentialVendor> vendor, const Location& place) const {
    Surroundings here = Nothing();
    here.vended = std::move(vendor);
    const auto backend = MakeAzure({{"endpoint", endpoint_},
                                    {"account", Variable("SLUICE_AZURE_ACCOUNT")},
                                    {"caFile", Variable("SLUICE_AZURE_CA")}},
                                   here);
    EXPECT_TRUE(backend) << backend.error().message;
    return (*backend)->Open(place).value();
  }

  net::HttpResponse Fetch(const net::HttpRequest& request) const {
    auto answer = http_->Send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : net::HttpResponse{};
  }
  net::HttpResponse Fetch(const std::string& url) const {
    net::HttpRequest request;
    request.url = url;
    return Fetch(request);
  }

 private:
  net::HttpResponse Send(const char* method, const std::string& target,
                         std::string_view body) const {
    net::HttpRequest request;
    request.method = method;
    request.url = endpoint_ + "/" + location_.bucket + target;
    request.body = std::string(body);
    request.headers = {{"x-ms-blob-type", "BlockBlob"},
                       {"Content-Type", "application/octet-stream"}};
    const std::string account = Variable("SLUICE_AZURE_ACCOUNT");
    const auto key = Base64Decode(Variable("SLUICE_AZURE_KEY"));
    EXPECT_TRUE(key) << "SLUICE_AZURE_KEY";
    const BlobService service({account, endpoint_}, AccountKey{account, HmacKey(*key)},
                              SystemClock());
    EXPECT_TRUE(service.Authorize(&request));
    return Fetch(request);
  }
  static void Skip() { GTEST_SKIP() << "SLUICE_AZURE_ENDPOINT names no store"; }

  const std::string endpoint_;
  std::shared_ptr<const net::HttpClient> http_;
  Location location_;
  Ports ports_;
};

}  // namespace sluice::storage
