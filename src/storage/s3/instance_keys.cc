#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/uri.h"
#include "storage/s3/key_json.h"
#include "storage/s3/metadata_keys.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kConnectMs = 1'000;
constexpr std::int64_t kTimeoutMs = 2'000;
constexpr std::int64_t kMaxAnswerBytes = 64 << 10;
constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";

class InstanceKeys final : public KeySource {
 public:
  InstanceKeys(std::shared_ptr<const net::HttpClient> http, const Surroundings& here)
      : http_(std::move(http)), here_(here) {}

  Result<Expiring<AwsKey>> Fetch() const override {
    if (EqualsIgnoreCase(here_.variable("AWS_EC2_METADATA_DISABLED"), "true")) {
      return Fail(ErrorKind::kNotFound, "AWS_EC2_METADATA_DISABLED is true");
    }
    const std::string base = Base();
    SLUICE_TRY(const std::string token, Token(base));
    SLUICE_TRY(std::string role, Get(base + std::string(kRoles), token));
    role.resize(std::min(role.find('\n'), role.size()));
    if (role.empty()) {
      return Fail(ErrorKind::kNotFound, "the metadata service {} knows no role", base);
    }
    SLUICE_TRY(const std::string body,
               Get(base + std::string(kRoles) + PercentEncode(role), token));
    auto key = ReadKeyJson(body);
    if (!key) return Fail(key.error().At("the metadata service " + base));
    return key;
  }

 private:
  std::string Base() const {
    std::string base = here_.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (base.empty()) {
      const bool six =
          EqualsIgnoreCase(here_.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "ipv6");
      base = six ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
    }
    while (base.ends_with('/')) base.pop_back();
    return base;
  }

  Result<net::HttpResponse> Send(net::HttpRequest request) const {
    request.timeout_ms = kTimeoutMs;
    request.max_body_bytes = kMaxAnswerBytes;
    request.follow_redirects = false;
    return http_->Send(request);
  }

  /// A machine that is no instance has nobody there, or something else than
  /// this service.
  Result<std::string> Token(const std::string& base) const {
    net::HttpRequest request;
    request.method = "PUT";
    request.url = base + "/latest/api/token";
    request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    const auto answer = Send(std::move(request));
    if (!answer) {
      return Fail(ErrorKind::kNotFound, "no metadata service: {}", answer.error().message);
    }
    const bool header = answer->body.find_first_of("\r\n") == std::string::npos;
    if (answer->status != 200 || answer->body.empty() || !header) {
      return Fail(ErrorKind::kNotFound, "the metadata service {} gave no token ({})", base,
                  answer->status);
    }
    return answer->body;
  }

  Result<std::string> Get(std::string url, const std::string& token) const {
    net::HttpRequest request;
    request.url = std::move(url);
    request.headers = {{"X-aws-ec2-metadata-token", token}};
    SLUICE_TRY(auto answer, Send(request));
    if (answer.status == 200) return std::move(answer.body);
    if (answer.status == 404) {
      return Fail(ErrorKind::kNotFound, "the instance has no role ({} answered 404)", request.url);
    }
    return Fail(ErrorKind::kUnavailable, "{} answered {}", request.url, answer.status);
  }

  const std::shared_ptr<const net::HttpClient> http_;
  const Surroundings here_;
};

}  // namespace

std::shared_ptr<const net::HttpClient> MakeMetadataClient() {
  net::HttpOptions options;
  options.direct = true;
  options.max_retries = 2;
  options.connect_timeout_ms = kConnectMs;
  return std::make_shared<const net::HttpClient>(std::move(options));
}

KeySourcePtr MakeInstanceKeys(std::shared_ptr<const net::HttpClient> http,
                              const Surroundings& here) {
  return std::make_shared<const InstanceKeys>(std::move(http), here);
}

}  // namespace sluice::storage
