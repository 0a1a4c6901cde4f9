#include <mutex>
#include <optional>

#include "base/encoding.h"
#include "oauth/token_request.h"
#include "storage/gcs/token_sources.h"

namespace sluice::storage {
namespace {

using oauth::TokenRequest;

/// By number: asking for the name would ask the resolvers of a machine that is elsewhere.
constexpr const char* kAddress = "169.254.169.254";
constexpr const char* kAccount = "/computeMetadata/v1/instance/service-accounts/default/";
constexpr std::int64_t kTimeoutMs = 5000;
constexpr std::int64_t kTellAgainMs = 30'000;
constexpr std::int64_t kMaxEmailBytes = 1024;

/// It is next door or not there at all.
net::HttpOptions ShortOptions() {
  net::HttpOptions options;
  options.max_retries = 3;
  options.connect_timeout_ms = 1000;
  options.stall_timeout_ms = 3000;
  options.direct = true;
  return options;
}

const std::vector<net::Header>& Flavor() {
  static const std::vector<net::Header> headers = {{"Metadata-Flavor", "Google"}};
  return headers;
}

}  // namespace

struct MetadataServer::State {
  State(const Clock& given, std::string host) : clock(given), url("http://" + host + kAccount) {
    who = "the metadata server at " + host;
  }

  /// Nobody answered so far: then this is not a machine at Google, or it hides its server.
  Error NotThere(const Error& error) {
    std::string text = "there are no credentials for Google Cloud Storage; tried ";
    for (const auto& place : tried) text += place + "; ";
    Error out{ErrorKind::kPermissionDenied, text + error.message};
    const std::lock_guard lock(mutex);
    told = out;
    tell_until_ms = clock.NowMillis() + kTellAgainMs;
    return out;
  }
  std::optional<Error> ToldBefore() {
    const std::lock_guard lock(mutex);
    if (!told || clock.NowMillis() >= tell_until_ms) return std::nullopt;
    return told;
  }
  void Answered() {
    const std::lock_guard lock(mutex);
    answered = true;
    told.reset();
  }
  bool HasAnswered() {
    const std::lock_guard lock(mutex);
    return answered;
  }

  const Clock& clock;
  const std::string url;
  std::string who;
  std::vector<std::string> tried;
  const net::HttpClient http{ShortOptions()};
  std::mutex mutex;
  bool answered = false;
  std::optional<Error> told;
  std::int64_t tell_until_ms = 0;
};

MetadataServer::MetadataServer(const Surroundings& here, std::vector<std::string> tried) {
  std::string host = here.variable("GCE_METADATA_HOST");
  if (host.empty()) host = kAddress;
  state_ = std::make_shared<State>(*here.clock, std::move(host));
  state_->tried = std::move(tried);
}

Result<AccessTokens::Token> MetadataServer::FetchToken() const {
  if (auto told = state_->ToldBefore()) return Fail(*std::move(told));
  TokenRequest request{state_->who, state_->url + "token", Flavor(), {}};
  request.timeout_ms = kTimeoutMs;
  auto token = RequestToken(state_->http, request, state_->clock);
  if (token) {
    state_->Answered();
  } else if (!state_->HasAnswered()) {
    return Fail(state_->NotThere(token.error()));
  }
  return token;
}

Result<std::string> MetadataServer::FetchEmail() const {
  if (auto told = state_->ToldBefore()) return Fail(*std::move(told));
  net::HttpRequest request;
  request.url = state_->url + "email";
  request.headers = Flavor();
  request.max_body_bytes = kMaxEmailBytes;
  request.timeout_ms = kTimeoutMs;
  const auto answer = state_->http.Send(request);
  if (!answer) return Fail(answer.error().At(state_->who));
  const std::string& email = answer->body;
  if (answer->status != 200 || email.find('@') == std::string::npos ||
      email.find_first_of("/?#% \r\n") != std::string::npos) {
    return Fail(ErrorKind::kUnavailable, "{} does not say the account's e-mail address",
                state_->who);
  }
  return email;
}

}  // namespace sluice::storage
