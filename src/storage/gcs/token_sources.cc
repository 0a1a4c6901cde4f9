#include "storage/gcs/token_sources.h"

#include "base/encoding.h"
#include "json/answer.h"
#include "oauth/jwt.h"
#include "oauth/token_request.h"
#include "storage/rest/option_reader.h"

namespace sluice::storage {
namespace {

using json::ParseJsonObject;
using json::TextOf;

using oauth::TokenEndpointName;
using oauth::TokenRequest;

constexpr std::int64_t kAssertionSeconds = 3600;
constexpr std::string_view kJwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

/// A JSON Web Token signed by the account (RFC 7523).
Result<std::string> Assertion(const ServiceAccountKey& account, std::int64_t now_s) {
  oauth::JwtContent content;
  content.key_id = account.key_id;
  content.claims = {{"iss", account.email}, {"scope", kCloudScope}, {"aud", account.token_url}};
  content.issued_at_s = now_s;
  content.lifetime_s = kAssertionSeconds;
  return oauth::SignJwt(content, *account.key);
}

Result<std::string> ReadSubjectToken(const ExternalAccount& account) {
  SLUICE_TRY(auto text, ReadOptionFile(account.file));
  if (!account.json_field.empty()) {
    const auto object = ParseJsonObject(text);
    text = object ? std::string(TextOf(*object, account.json_field)) : std::string();
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' holds no token", Printable(account.file, 200));
  }
  return text;
}

struct RequestMaker {
  const Clock& clock;

  Result<TokenRequest> operator()(const ServiceAccountKey& account) const {
    SLUICE_TRY(auto assertion, Assertion(account, clock.NowMillis() / 1000));
    TokenRequest request{TokenEndpointName(account.token_url), account.token_url, {}, {}};
    request.form = {{"grant_type", std::string(kJwtGrant)}, {"assertion", std::move(assertion)}};
    return request;
  }
  Result<TokenRequest> operator()(const UserCredential& user) const {
    TokenRequest request{TokenEndpointName(user.token_url), user.token_url, {}, {}};
    request.form = {{"grant_type", "refresh_token"},
                    {"client_id", user.client_id},
                    {"client_secret", user.client_secret},
                    {"refresh_token", user.refresh_token}};
    return request;
  }
  Result<TokenRequest> operator()(const ExternalAccount& account) const {
    SLUICE_TRY(auto token, ReadSubjectToken(account));
    TokenRequest request{TokenEndpointName(account.token_url), account.token_url, {}, {}};
    request.form = {{"grant_type", std::string(kExchangeGrant)},
                    {"audience", account.audience},
                    {"scope", kCloudScope},
                    {"requested_token_type", std::string(kAccessTokenType)},
                    {"subject_token_type", account.subject_token_type},
                    {"subject_token", std::move(token)}};
    return request;
  }
};

}  // namespace

AccessTokens::Fetch FetchFrom(CredentialSource source, std::shared_ptr<const net::HttpClient> http,
                              const Clock& clock) {
  return [source = std::move(source), http = std::move(http),
          &clock]() -> Result<AccessTokens::Token> {
    SLUICE_TRY(const auto request, std::visit(RequestMaker{clock}, source));
    return RequestToken(*http, request, clock);
  };
}

}  // namespace sluice::storage
