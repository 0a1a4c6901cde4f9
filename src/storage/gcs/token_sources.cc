#include "storage/gcs/token_sources.h"

#include "base/encoding.h"
#include "storage/rest/json.h"
#include "storage/rest/option_reader.h"
#include "storage/rest/token_request.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kAssertionSeconds = 3600;
constexpr std::string_view kJwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

/// "the token endpoint oauth2.googleapis.com"
std::string Endpoint(const std::string& url) {
  const auto begin = std::min(url.find("://"), url.size() - 3) + 3;
  const auto end = url.find('/', begin);
  return "the token endpoint " + url.substr(begin, end - begin);
}

/// A JSON Web Token signed by the account (RFC 7523).
Result<std::string> Assertion(const ServiceAccountKey& account, std::int64_t now_s) {
  std::string header = R"({"alg":"RS256","typ":"JWT","kid":)";
  AppendJsonString(account.key_id, &header);
  header += "}";
  std::string claims = R"({"iss":)";
  AppendJsonString(account.email, &claims);
  claims += R"(,"scope":)";
  AppendJsonString(kCloudScope, &claims);
  claims += R"(,"aud":)";
  AppendJsonString(account.token_url, &claims);
  claims += fmt::format(R"(,"iat":{},"exp":{}}})", now_s, now_s + kAssertionSeconds);
  const std::string text = Base64UrlEncode(header) + "." + Base64UrlEncode(claims);
  SLUICE_TRY(const auto signature, account.key->Sign(text));
  return text + "." + Base64UrlEncode(signature);
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
    TokenRequest request{Endpoint(account.token_url), account.token_url, {}, {}};
    request.form = {{"grant_type", std::string(kJwtGrant)}, {"assertion", std::move(assertion)}};
    return request;
  }
  Result<TokenRequest> operator()(const UserCredential& user) const {
    TokenRequest request{Endpoint(user.token_url), user.token_url, {}, {}};
    request.form = {{"grant_type", "refresh_token"},
                    {"client_id", user.client_id},
                    {"client_secret", user.client_secret},
                    {"refresh_token", user.refresh_token}};
    return request;
  }
  Result<TokenRequest> operator()(const ExternalAccount& account) const {
    SLUICE_TRY(auto token, ReadSubjectToken(account));
    TokenRequest request{Endpoint(account.token_url), account.token_url, {}, {}};
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
