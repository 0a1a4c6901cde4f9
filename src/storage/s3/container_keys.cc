#include <algorithm>
#include <utility>

#include "base/loopback.h"
#include "base/uri.h"
#include "storage/rest/option_reader.h"
#include "storage/s3/key_json.h"
#include "storage/s3/metadata_keys.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kTimeoutMs = 5'000;
constexpr std::int64_t kMaxAnswerBytes = 64 << 10;
constexpr std::string_view kEcs = "http://169.254.170.2";

/// Of ECS, and of EKS in both families.
bool IsService(const std::string& host) {
  return host == "169.254.170.2" || host == "169.254.170.23" || host == "fd00:ec2::23";
}

class ContainerKeys final : public KeySource {
 public:
  ContainerKeys(std::shared_ptr<const net::HttpClient> http, const Surroundings& here)
      : http_(std::move(http)), here_(here) {}

  Result<Expiring<AwsKey>> Fetch() const override {
    net::HttpRequest request;
    SLUICE_TRY(request.url, Url());
    SLUICE_TRY(const std::string token, Token());
    if (!token.empty()) request.headers.emplace_back("Authorization", token);
    request.timeout_ms = kTimeoutMs;
    request.max_body_bytes = kMaxAnswerBytes;
    request.follow_redirects = false;
    SLUICE_TRY(const auto answer, http_->Send(request));
    const std::string what = "the container's credentials";
    if (answer.status != 200) {
      const bool later = answer.status == 429 || answer.status >= 500;
      return Fail(later ? ErrorKind::kUnavailable : ErrorKind::kPermissionDenied,
                  "{}: {} answered {}", what, ParseUri(request.url)->Origin(), answer.status);
    }
    auto key = ReadKeyJson(answer.body);
    if (!key) return Fail(key.error().At(what));
    return key;
  }

 private:
  Result<std::string> Url() const {
    const std::string relative = here_.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (!relative.empty()) {
      if (!relative.starts_with('/')) {
        return Fail(ErrorKind::kPermissionDenied,
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
      }
      return std::string(kEcs) + relative;
    }
    std::string full = here_.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (full.empty()) {
      return Fail(ErrorKind::kNotFound,
                  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set");
    }
    const auto uri = ParseUri(full);
    const bool plain = uri && uri->scheme == "http";
    if (!uri || (!plain && uri->scheme != "https")) {
      return Fail(ErrorKind::kPermissionDenied,
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI is no http:// or https:// URL");
    }
    if (plain && !IsLoopbackHost(uri->host) && !IsService(uri->host)) {
      return Fail(ErrorKind::kPermissionDenied,
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI would send its token to "
                  "{} without TLS",
                  uri->host);
    }
    return full;
  }

  Result<std::string> Token() const {
    std::string token = here_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    const std::string file = here_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (!file.empty()) {
      auto text = ReadOptionFile(file);
      if (!text) {
        return Fail(ErrorKind::kPermissionDenied, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {}",
                    text.error().message);
      }
      token = *std::move(text);
      token.erase(token.find_last_not_of(" \r\n") + 1);
    }
    if (token.find_first_of("\r\n") != std::string::npos) {
      return Fail(ErrorKind::kPermissionDenied,
                  "the container's authorization token is more than one line");
    }
    return token;
  }

  const std::shared_ptr<const net::HttpClient> http_;
  const Surroundings here_;
};

}  // namespace

KeySourcePtr MakeContainerKeys(std::shared_ptr<const net::HttpClient> http,
                               const Surroundings& here) {
  return std::make_shared<const ContainerKeys>(std::move(http), here);
}

}  // namespace sluice::storage
