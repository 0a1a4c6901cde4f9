#include "storage/azure/tokens.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "net/test_server.h"
#include "storage/azure/credential.h"
#include "storage/azure/test_surroundings.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGood = R"({"access_token":"good","expires_in":3600})";

class AzureTokens : public ::testing::Test {
 protected:
  AzureTokens() {
    std::filesystem::create_directories(folder_);
    machine_.variables = {{"AZURE_AUTHORITY_HOST", server_.Url("/")},
                          {"AZURE_POD_IDENTITY_AUTHORITY_HOST", server_.Url("/imds")},
                          {"PATH", folder_.string()}};
  }
  ~AzureTokens() override { std::filesystem::remove_all(folder_); }

  TokenPlace Place() {
    net::HttpOptions http;
    http.max_retries = 0;
    TokenPlace place;
    place.options = options_;
    place.here = machine_.surroundings();
    place.http = std::make_shared<const net::HttpClient>(http);
    place.local = place.http;
    return place;
  }
  /// The token, or the error's kind and message.
  static std::string Asked(const Result<TokenFetch>& source) {
    if (!source) return Text(source.error());
    const auto token = (*source)();
    return token ? token->value : Text(token.error());
  }
  std::string FromOptions() {
    const auto tokens = MakeTokens(Place());
    if (!tokens) return Text(tokens.error());
    const auto token = (*tokens)->Get();
    return token ? (*token)->value : Text(token.error());
  }
  static std::string Text(const Error& error) {
    return std::string(KindName(error.kind)) + ": " + error.message;
  }
  std::string Write(const char* name, std::string_view text, bool program = false) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    if (program) ::chmod(path.c_str(), 0755);
    return path.string();
  }
  void SetSecret() {
    machine_.variables["AZURE_TENANT_ID"] = "tenant";
    machine_.variables["AZURE_CLIENT_ID"] = "client";
    machine_.variables["AZURE_CLIENT_SECRET"] = "very-secret";
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("azure_tokens_" + std::to_string(::getpid()));
  AzureOptions options_;
  TestMachine machine_;
  std::map<std::string, std::pair<std::string, std::string>> answers_;  ///< By path.
  net::TestServer server_{[this](const net::TestRequest& request, net::TestConnection& connection) {
    const auto path = request.target.substr(0, request.target.find('?'));
    const auto found = answers_.find(path);
    if (found == answers_.end()) return connection.Answer("404 Not Found", "{}");
    connection.Answer(found->second.first, found->second.second);
  }};
};

TEST_F(AzureTokens, OfAnApplicationWithASecret) {
  SetSecret();
  answers_["/tenant/oauth2/v2.0/token"] = {"200 OK", kGood};
  EXPECT_EQ(Asked(ClientSecretTokens(Place())), "good");
  EXPECT_EQ(server_.requests().at(0).body,
            "grant_type=client_credentials&client_id=client&"
            "scope=https%3A%2F%2Fstorage.azure.com%2F.default&client_secret=very-secret");
  options_.tenant_id = "other";
  answers_["/tenant/oauth2/v2.0/token"] = {"500 No", ""};
  answers_["/other/oauth2/v2.0/token"] = {
      "401 Unauthorized",
      R"({"error":"invalid_client","error_description":"AADSTS7000215: very-secret is wrong"})"};
  const std::string refused = Asked(ClientSecretTokens(Place()));
  EXPECT_THAT(refused, HasSubstr("permission_denied: Entra ID at 127.0.0.1 answered 401: "
                                 "invalid_client: AADSTS7000215"));
  EXPECT_THAT(refused, Not(HasSubstr("very-secret")));
}

TEST_F(AzureTokens, WhatIsMissingIsNamed) {
  EXPECT_EQ(Asked(ClientSecretTokens(Place())),
            "unauthenticated: clientSecret (AZURE_CLIENT_SECRET) is not set");
  options_.client_secret = "s";
  EXPECT_EQ(Asked(ClientSecretTokens(Place())),
            "unauthenticated: tenantId (AZURE_TENANT_ID) is not set");
  EXPECT_EQ(Asked(AzureCliTokens(Place())), "unauthenticated: there is no program 'az' in PATH");
  SetSecret();
  machine_.variables["AZURE_AUTHORITY_HOST"] = "http://login.example.com";
  EXPECT_THAT(Asked(ClientSecretTokens(Place())), HasSubstr("must be an https:// URL"));
}

TEST_F(AzureTokens, OfAWorkloadWhoseFileChanges) {
  SetSecret();
  machine_.variables.erase("AZURE_CLIENT_SECRET");
  machine_.variables["AZURE_FEDERATED_TOKEN_FILE"] = Write("token", "first\n");
  answers_["/tenant/oauth2/v2.0/token"] = {"200 OK", kGood};
  const auto source = WorkloadTokens(Place());
  EXPECT_EQ(Asked(source), "good");
  Write("token", "second");
  EXPECT_EQ(Asked(source), "good");
  const auto requests = server_.requests();
  EXPECT_THAT(requests.at(0).body, HasSubstr("&client_assertion=first"));
  EXPECT_THAT(requests.at(0).body, HasSubstr("&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                             "client-assertion-type%3Ajwt-bearer"));
  EXPECT_TRUE(requests.at(1).body.ends_with("&client_assertion=second"));
  std::filesystem::remove(folder_ / "token");
  EXPECT_THAT(Asked(source), HasSubstr("cannot be read"));
}

TEST_F(AzureTokens, OfTheMachinesIdentity) {
  answers_["/imds/metadata/identity/oauth2/token"] = {
      "200 OK", R"({"access_token":"good","expires_in":"86400","expires_on":"1"})"};
  options_.client_id = "mine";
  EXPECT_EQ(Asked(ManagedIdentityTokens(Place())), "good");
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.target,
            "/imds/metadata/identity/oauth2/token?api-version=2018-02-01&"
            "resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=mine");
  EXPECT_EQ(request.headers.at("metadata"), "true");
}

TEST_F(AzureTokens, OfAnAppServicesIdentity) {
  machine_.variables["IDENTITY_ENDPOINT"] = server_.Url("/msi/token");
  machine_.variables["IDENTITY_HEADER"] = "proof";
  answers_["/msi/token"] = {"200 OK", R"({"access_token":"good","expires_on":"1769853600"})"};
  const auto source = ManagedIdentityTokens(Place());
  ASSERT_TRUE(source);
  const auto token = (*source)();
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->expires_at_ms, 1'769'853'600'000);
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.target,
            "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com%2F");
  EXPECT_EQ(request.headers.at("x-identity-header"), "proof");
}

TEST_F(AzureTokens, OfWhoeverIsLoggedIn) {
  Write("az", "#!/bin/sh\n/bin/cat <<E\n{\"accessToken\": \"$*\", \"expires_on\": 1769853600}\nE\n",
        true);
  options_.tenant_id = "a tenant; $(true)";
  const auto source = AzureCliTokens(Place());
  ASSERT_TRUE(source);
  const auto token = (*source)();
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->value,
            "account get-access-token --output json --resource https://storage.azure.com/ --tenant "
            "a tenant; $(true)");
  EXPECT_EQ(token->expires_at_ms, 1'769'853'600'000);
}

TEST_F(AzureTokens, OldVersionsOfAzTellLocalTime) {
  Write("az",
        "#!/bin/sh\necho '{\"accessToken\": \"t\", \"expiresOn\": \"2026-01-31 09:30:00.123\"}'\n",
        true);
  const auto token = (*AzureCliTokens(Place()))();
  ASSERT_TRUE(token) << token.error().message;
  const std::time_t end = token->expires_at_ms / 1000;
  std::tm parts{};
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", ::localtime_r(&end, &parts));
  EXPECT_STREQ(text, "2026-01-31 09:30:00");
}

TEST_F(AzureTokens, WhyAzFailsIsSaid) {
  Write("az", "#!/bin/sh\necho warning >&2; echo \"Please run 'az login'\" >&2; exit 1\n", true);
  EXPECT_EQ(
      Asked(AzureCliTokens(Place())),
      "unauthenticated: az account get-access-token: ended with status 1: Please run 'az login'");
  for (const char* printed : {"nonsense", "{}", "{\"accessToken\": \"t\"}",
                              "{\"accessToken\": \"t\", \"expiresOn\": \"soon\"}"}) {
    Write("az", "#!/bin/sh\necho '" + std::string(printed) + "'\n", true);
    EXPECT_THAT(Asked(AzureCliTokens(Place())), HasSubstr("unauthenticated: az account"))
        << printed;
  }
}

TEST_F(AzureTokens, TheChainTakesTheFirstThatGivesOneAndKeepsIt) {
  Write("az", "#!/bin/sh\necho '{\"accessToken\": \"cli\", \"expires_on\": 1769853600}'\n", true);
  const TokenFetch chain = ChainedTokens(Place());
  EXPECT_EQ(Asked(chain), "cli");
  answers_["/imds/metadata/identity/oauth2/token"] = {"200 OK", kGood};
  EXPECT_EQ(Asked(chain), "cli");
  EXPECT_EQ(Asked(ChainedTokens(Place())), "good");
}

TEST_F(AzureTokens, WhatIsSetUpAndRefusedEndsTheChain) {
  SetSecret();
  answers_["/tenant/oauth2/v2.0/token"] = {"401 Unauthorized", R"({"error":"invalid_client"})"};
  answers_["/imds/metadata/identity/oauth2/token"] = {"200 OK", kGood};
  EXPECT_EQ(FromOptions(),
            "permission_denied: environment: Entra ID at 127.0.0.1 answered 401: invalid_client");
}

TEST_F(AzureTokens, WhenThereIsNoneAllThatWasTriedIsListed) {
  EXPECT_EQ(
      FromOptions(),
      "permission_denied: no credential for Azure was found. Tried environment: clientSecret "
      "(AZURE_CLIENT_SECRET) is not set; workload identity: federatedTokenFile "
      "(AZURE_FEDERATED_TOKEN_FILE) is not set; managed identity: the managed identity of this "
      "machine answered 404; Azure CLI: there is no program 'az' in PATH");
}

TEST_F(AzureTokens, TheOptionSaysWhich) {
  answers_["/imds/metadata/identity/oauth2/token"] = {"200 OK", kGood};
  options_.credential = AzureCredentialKind::kAzureCli;
  EXPECT_EQ(FromOptions(), "invalid_argument: there is no program 'az' in PATH");
  options_.credential = AzureCredentialKind::kWorkloadIdentity;
  EXPECT_EQ(FromOptions(),
            "invalid_argument: federatedTokenFile (AZURE_FEDERATED_TOKEN_FILE) is not set");
  options_.credential = AzureCredentialKind::kManagedIdentity;
  EXPECT_EQ(FromOptions(), "good");
}

TEST_F(AzureTokens, KeysOfTheEnvironmentAreForTheirAccount) {
  machine_.variables["AZURE_STORAGE_ACCOUNT"] = "acct";
  machine_.variables["AZURE_STORAGE_KEY"] = "a2V5";
  const auto environment = ReadAzureEnvironment(machine_.surroundings());
  ASSERT_TRUE(environment);
  const auto chosen = [&](const char* account) {
    return ChooseCredential({account, "https://h"}, options_, *environment, AccessTokens()).index();
  };
  EXPECT_EQ(chosen("acct"), AzureCredential(AccountKey{"acct", HmacKey("k")}).index());
  EXPECT_EQ(chosen("other"), AzureCredential(AccessTokens()).index());
  options_.sas = "sig=x";
  EXPECT_EQ(chosen("acct"), AzureCredential(GivenSas{}).index());
  machine_.variables["AZURE_STORAGE_KEY"] = "no base64";
  EXPECT_THAT(ReadAzureEnvironment(machine_.surroundings()).error().message,
              HasSubstr("AZURE_STORAGE_KEY: "));
}

}  // namespace
}  // namespace sluice::storage
