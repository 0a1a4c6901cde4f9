#include "storage/azure/tokens.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/loopback.h"
#include "base/uri.h"
#include "oauth/token_request.h"
#include "storage/rest/option_reader.h"

namespace sluice::storage {
namespace {

using oauth::TokenRequest;

/// Of every cloud's storage.
constexpr std::string_view kResource = "https://storage.azure.com/";
constexpr const char* kScope = "https://storage.azure.com/.default";
constexpr std::string_view kMetadataHost = "http://169.254.169.254";
constexpr std::int64_t kMetadataTimeoutMs = 10'000;

std::string OptionOr(const std::string& option, const TokenPlace& place, const char* variable) {
  return option.empty() ? place.here.variable(variable) : option;
}

tl::unexpected<Error> NotSetUp(std::string_view what) {
  return Fail(ErrorKind::kUnauthenticated, "{} not set", what);
}

/// An application as Entra ID knows it, and where it is asked.
struct Application {
  std::string url;
  std::string who;
  std::string client_id;
};

Result<Application> FindApplication(const TokenPlace& place) {
  const std::string tenant = OptionOr(place.options.tenant_id, place, "AZURE_TENANT_ID");
  Application out;
  out.client_id = OptionOr(place.options.client_id, place, "AZURE_CLIENT_ID");
  if (tenant.empty()) return NotSetUp("tenantId (AZURE_TENANT_ID) is");
  if (out.client_id.empty()) return NotSetUp("clientId (AZURE_CLIENT_ID) is");
  std::string authority = OptionOr(place.options.authority_host, place, "AZURE_AUTHORITY_HOST");
  if (authority.empty()) authority = "https://login.microsoftonline.com";
  if (authority.find("://") == std::string::npos) authority.insert(0, "https://");
  while (authority.ends_with('/')) authority.pop_back();
  const auto uri = ParseUri(authority);
  if (!uri || uri->host.empty() || (uri->scheme != "https" && !IsLoopbackHost(uri->host))) {
    return Fail(ErrorKind::kInvalidArgument,
                "authorityHost (AZURE_AUTHORITY_HOST) must be an https:// URL");
  }
  out.url = authority + "/" + PercentEncode(tenant) + "/oauth2/v2.0/token";
  out.who = "Entra ID at " + uri->host;
  return out;
}

TokenRequest AsApplication(const Application& application) {
  TokenRequest out;
  out.who = application.who;
  out.url = application.url;
  out.form = {{"grant_type", "client_credentials"},
              {"client_id", application.client_id},
              {"scope", kScope}};
  return out;
}

TokenFetch Asking(const TokenPlace& place, std::shared_ptr<const net::HttpClient> client,
                  TokenRequest request) {
  return [client = std::move(client), request = std::move(request), clock = place.here.clock] {
    return RequestToken(*client, request, *clock);
  };
}

}  // namespace

std::shared_ptr<const net::HttpClient> LocalClient() {
  net::HttpOptions options;
  options.direct = true;
  options.connect_timeout_ms = 500;
  options.max_retries = 2;
  return std::make_shared<const net::HttpClient>(options);
}

Result<TokenFetch> ClientSecretTokens(const TokenPlace& place) {
  const std::string secret = OptionOr(place.options.client_secret, place, "AZURE_CLIENT_SECRET");
  if (secret.empty()) return NotSetUp("clientSecret (AZURE_CLIENT_SECRET) is");
  SLUICE_TRY(const Application application, FindApplication(place));
  TokenRequest request = AsApplication(application);
  request.form.emplace_back("client_secret", secret);
  return Asking(place, place.http, std::move(request));
}

Result<TokenFetch> WorkloadTokens(const TokenPlace& place) {
  const std::string path =
      OptionOr(place.options.federated_token_file, place, "AZURE_FEDERATED_TOKEN_FILE");
  if (path.empty()) return NotSetUp("federatedTokenFile (AZURE_FEDERATED_TOKEN_FILE) is");
  SLUICE_TRY(const Application application, FindApplication(place));
  return [place, path, application]() -> Result<Expiring<std::string>> {
    SLUICE_TRY(std::string assertion, ReadOptionFile(path));
    while (!assertion.empty() && assertion.back() <= ' ') assertion.pop_back();
    TokenRequest request = AsApplication(application);
    request.form.emplace_back("client_assertion_type",
                              "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    request.form.emplace_back("client_assertion", std::move(assertion));
    return RequestToken(*place.http, request, *place.here.clock);
  };
}

Result<TokenFetch> ManagedIdentityTokens(const TokenPlace& place) {
  const std::string client_id = OptionOr(place.options.client_id, place, "AZURE_CLIENT_ID");
  const std::string endpoint = place.here.variable("IDENTITY_ENDPOINT");
  const std::string header = place.here.variable("IDENTITY_HEADER");
  std::string query = "&resource=" + PercentEncode(kResource);
  if (!client_id.empty()) query += "&client_id=" + PercentEncode(client_id);
  TokenRequest request;
  request.timeout_ms = kMetadataTimeoutMs;
  if (!endpoint.empty() && !header.empty()) {
    request.who = "the managed identity of IDENTITY_ENDPOINT";
    request.url = endpoint + "?api-version=2019-08-01" + query;
    request.headers = {{"X-IDENTITY-HEADER", header}};
  } else {
    std::string host = place.here.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    while (host.ends_with('/')) host.pop_back();
    if (host.empty()) host = kMetadataHost;
    request.who = "the managed identity of this machine";
    request.url = host + "/metadata/identity/oauth2/token?api-version=2018-02-01" + query;
    request.headers = {{"Metadata", "true"}};
  }
  return Asking(place, place.local, std::move(request));
}

}  // namespace sluice::storage
