#include "client/authorization.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/uri.h"
#include "oauth/jwt.h"
#include "oauth/token_request.h"

namespace sluice::client {
namespace {

constexpr std::int64_t kMarginMs = 600'000;
constexpr std::int64_t kRetryMs = 10'000;
constexpr std::int64_t kTokenTimeoutMs = 60'000;  ///< With all retries.
constexpr std::int64_t kAssertionSeconds = 120;
constexpr std::size_t kMaxKeyBytes = std::size_t{1} << 20;
constexpr const char* kJwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

oauth::TokenRequest RequestTo(const std::string& token_endpoint) {
  oauth::TokenRequest request;
  request.who = oauth::TokenEndpointName(token_endpoint);
  request.url = token_endpoint;
  request.timeout_ms = kTokenTimeoutMs;
  // Where the endpoint does not tell, the server does: by a 401.
  request.ends_otherwise_ms = kNever;
  return request;
}

/// Client and secret go out as they are, as official clients send them; but an id with a colon
/// could not be told from the secret, so then both are encoded (RFC 6749, 2.3.1).
net::Login LoginOf(const protocol::ClientCredentials& client) {
  if (client.client_id.find(':') == std::string::npos) {
    return {client.client_id, client.client_secret};
  }
  return {PercentEncode(client.client_id), PercentEncode(client.client_secret)};
}

Result<std::shared_ptr<const oauth::SigningKey>> LoadKey(const protocol::PrivateKeyJwt& jwt) {
  const auto pem = ReadFile(jwt.private_key_file, kMaxKeyBytes);
  auto key = pem ? oauth::SigningKey::FromPem(*pem, jwt.algorithm)
                 : Result<std::shared_ptr<const oauth::SigningKey>>(Fail(pem.error()));
  if (key) return key;
  return Fail(ErrorKind::kInvalidArgument, "profile: field 'privateKey': '{}': {}",
              Printable(jwt.private_key_file, 200), key.error().message);
}

/// What the official client claims; to it, the audience is a resource (RFC 8707).
Result<std::string> Assertion(const protocol::PrivateKeyJwt& jwt, std::int64_t now_s) {
  // Read each time: keys are replaced in place.
  SLUICE_TRY(const auto key, LoadKey(jwt));
  oauth::JwtContent content;
  content.key_id = jwt.key_id;
  content.claims = {
      {"aud", jwt.issuer}, {"iss", jwt.client_id}, {"jti", HexEncode(RandomBytes(16))}};
  if (!jwt.scope.empty()) content.claims.emplace_back("scope", jwt.scope);
  if (!jwt.audience.empty()) content.claims.emplace_back("resource", jwt.audience);
  content.issued_at_s = now_s;
  content.lifetime_s = kAssertionSeconds;
  return oauth::SignJwt(content, *key);
}

/// The value of the header and when it ends, for each type of credential.
struct Fetcher {
  std::int64_t expires_at_ms;  ///< Of a bearer token.
  const net::HttpClient& http;
  const Clock& clock;
  const net::CancelCheck& cancelled;

  using Value = Expiring<std::string>;

  Result<Value> operator()(const protocol::BearerToken& bearer) const {
    if (expires_at_ms > clock.NowMillis()) return Value{"Bearer " + bearer.token, expires_at_ms};
    return Fail(ErrorKind::kUnauthenticated,
                "the profile's token expired at {}; ask the provider for a new profile",
                FormatTimestamp(expires_at_ms));
  }
  Result<Value> operator()(const protocol::UserAndPassword& login) const {
    return Value{"Basic " + net::BasicCredentials({login.username, login.password})};
  }
  Result<Value> operator()(const protocol::ClientCredentials& client) const {
    oauth::TokenRequest request = RequestTo(client.token_endpoint);
    request.login = LoginOf(client);
    request.form = {{"grant_type", "client_credentials"}};
    if (!client.scope.empty()) request.form.emplace_back("scope", client.scope);
    return Ask(request);
  }
  Result<Value> operator()(const protocol::PrivateKeyJwt& jwt) const {
    oauth::TokenRequest request = RequestTo(jwt.token_endpoint);
    SLUICE_TRY(auto assertion, Assertion(jwt, clock.NowMillis() / 1000));
    request.form = {{"grant_type", kJwtGrant}, {"assertion", std::move(assertion)}};
    return Ask(request);
  }
  Result<Value> Ask(const oauth::TokenRequest& request) const {
    auto token = oauth::RequestToken(http, request, clock, cancelled);
    if (token) return Value{"Bearer " + token->value, token->expires_at_ms};
    // Here it is the server's own way to ask who we are.
    Error error = token.error();
    if (error.kind == ErrorKind::kPermissionDenied) error.kind = ErrorKind::kUnauthenticated;
    return Fail(std::move(error));
  }
};

}  // namespace

Authorization::Authorization(protocol::Credential credential,
                             std::optional<std::int64_t> expires_at_ms,
                             std::shared_ptr<const net::HttpClient> http, const Clock& clock)
    : credential_(std::move(credential)),
      expires_at_ms_(expires_at_ms.value_or(kNever)),
      http_(std::move(http)),
      clock_(clock),
      header_({}, clock, kMarginMs, kRetryMs) {}

Result<Authorization::Ptr> Authorization::Get(const net::CancelCheck& cancelled) const {
  const Fetcher fetcher{expires_at_ms_, *http_, clock_, cancelled};
  return header_.Get([&] { return std::visit(fetcher, credential_); }, cancelled);
}

bool Authorization::Renew(const Ptr& refused) const {
  const bool given = std::holds_alternative<protocol::BearerToken>(credential_) ||
                     std::holds_alternative<protocol::UserAndPassword>(credential_);
  if (!given) header_.Forget(refused);
  return !given;
}

}  // namespace sluice::client
