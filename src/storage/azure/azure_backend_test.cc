#include "storage/azure/azure_backend.h"

#include <gmock/gmock.h>

#include "net/test_server.h"
#include "storage/azure/sas_keys.h"
#include "storage/azure/test_surroundings.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKey = "a2V5";
constexpr std::int64_t kDay = 24 * 3'600'000;
constexpr const char* kDelegated =
    "<?xml version=\"1.0\"?><UserDelegationKey><SignedOid>oid</SignedOid><SignedTid>tid</SignedTid>"
    "<SignedStart>2026-01-31T08:45:00Z</SignedStart><SignedExpiry>2026-02-07T08:00:00Z"
    "</SignedExpiry><SignedService>b</SignedService><SignedVersion>2021-12-02</SignedVersion>"
    "<Value>a2V5</Value></UserDelegationKey>";

class AzureBackendTest : public ::testing::Test {
 protected:
  Result<Ports> Open(const StoreOptions& options, std::string_view location) {
    SLUICE_TRY(const auto backend, MakeAzure(options, machine_.surroundings()));
    SLUICE_TRY(const auto place, ParseLocation(location));
    return backend->Open(place);
  }
  Ports Opened(const StoreOptions& options, std::string_view location) {
    auto ports = Open(options, location);
    EXPECT_TRUE(ports) << ports.error().message;
    return ports ? *std::move(ports) : Ports{};
  }
  Ports Serving(StoreOptions options, std::string_view location) {
    options.emplace("endpoint", server_.Url("/acct"));
    options.emplace("account", "acct");
    return Opened(options, location);
  }
  std::string ErrorOf(const StoreOptions& options, std::string_view location) {
    const auto ports = Open(options, location);
    if (ports) return "";
    EXPECT_EQ(ports.error().kind, ErrorKind::kInvalidArgument);
    return ports.error().message;
  }
  static std::string UrlOf(const Ports& ports, const std::string& key, std::string root = {},
                           std::int64_t expires_at_ms = 1'769'853'600'500) {
    const auto signer = ports.urls->SignerFor({"table", "recipient", expires_at_ms});
    EXPECT_TRUE(signer) << signer.error().message;
    if (!signer) return "";
    std::string url;
    const auto done = root.empty() ? (*signer)->AppendUrl(key, &url)
                                   : (*signer)->AtRoot(std::move(root))->AppendUrl(key, &url);
    return done ? url : std::string(KindName(done.error().kind)) + ": " + done.error().message;
  }

  TestMachine machine_;
  std::function<void(const net::TestRequest&, net::TestConnection&)> answer_;
  net::TestServer server_{[this](const net::TestRequest& request, net::TestConnection& connection) {
    if (request.target.starts_with("/imds/")) {
      return connection.Answer("200 OK", R"({"access_token":"token","expires_in":"3600"})");
    }
    answer_(request, connection);
  }};
};

TEST_F(AzureBackendTest, EitherHostOfAnAccountIsReadAtTheBlobHost) {
  const StoreOptions key = {{"accountKey", kKey}};
  for (const char* location : {"abfss://box@acct.dfs.core.windows.net/sales",
                               "wasbs://box@acct.blob.core.windows.net/sales"}) {
    const Ports ports = Opened(key, location);
    EXPECT_THAT(UrlOf(ports, "x"), HasSubstr("https://acct.blob.core.windows.net/box/sales/x?sv="));
    EXPECT_EQ(ports.objects->Describe(), "abfss://box@acct.dfs.core.windows.net/sales");
  }
  EXPECT_THAT(UrlOf(Opened(key, "abfss://box@acct.dfs.core.chinacloudapi.cn/"), "x"),
              HasSubstr("https://acct.blob.core.chinacloudapi.cn/box/x?"));
  const Ports named = Opened({{"accountKey", kKey}, {"account", "Acct"}}, "az://box/sales");
  EXPECT_THAT(UrlOf(named, "x"), HasSubstr("https://acct.blob.core.windows.net/box/sales/x?"));
  EXPECT_EQ(named.objects->Describe(), "abfss://box@acct.dfs.core.windows.net/sales");
  EXPECT_THAT(UrlOf(Opened({{"accountKey", kKey},
                            {"account", "acct"},
                            {"endpointSuffix", "core.usgovcloudapi.net"}},
                           "az://box"),
                    "x"),
              HasSubstr("https://acct.blob.core.usgovcloudapi.net/box/x?"));
}

TEST_F(AzureBackendTest, TheEnvironmentNamesTheAccount) {
  machine_.variables["AZURE_STORAGE_CONNECTION_STRING"] =
      "AccountName=acct;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/acct";
  const std::string url = UrlOf(Opened({}, "az://box/sales"), "x");
  EXPECT_THAT(url, HasSubstr("http://127.0.0.1:1/acct/box/sales/x?sv="));
  EXPECT_THAT(url, Not(HasSubstr("spr=")));
}

TEST_F(AzureBackendTest, WhatMakesNoPlaceIsRefused) {
  EXPECT_THAT(ErrorOf({{"accountKey", kKey}}, "az://box/sales"), HasSubstr("option account"));
  EXPECT_THAT(ErrorOf({{"accountKey", kKey}, {"account", "other"}},
                      "abfss://box@acct.dfs.core.windows.net/"),
              HasSubstr("another account than the options are for, 'other'"));
  EXPECT_THAT(ErrorOf({{"accountKey", kKey}, {"account", "a/b"}}, "az://box"),
              HasSubstr("small letters"));
  EXPECT_THAT(ErrorOf({{"accountKey", kKey}}, "s3://bucket"), HasSubstr("is not in Azure"));
  EXPECT_THAT(ErrorOf({{"nonsense", ""}}, "az://box"), HasSubstr("nonsense"));
}

TEST_F(AzureBackendTest, ALocationLeadsToAzureOnly) {
  machine_.variables["AZURE_STORAGE_SAS_TOKEN"] = "sv=2021-12-02&sp=r&sig=c2VjcmV0";
  for (const StoreOptions& options :
       {StoreOptions{}, StoreOptions{{"accountKey", kKey}},
        StoreOptions{{"credential", "managedIdentity"}}, StoreOptions{{"anonymous", "true"}}}) {
    for (const char* host : {"acct.dfs.example.com", "core.windows.net", "127.0.0.1:1", "10.0.0.1",
                             "acct.dfs.core.windows.net.example.com"}) {
      EXPECT_THAT(ErrorOf(options, fmt::format("abfss://box@{}/sales", host)),
                  HasSubstr(fmt::format("'{}' is no storage host of an Azure cloud", host)));
    }
  }
  Opened({}, "abfss://box@acct.dfs.core.usgovcloudapi.net/");
  Opened({{"endpointSuffix", "azure.example.com"}}, "abfss://box@acct.dfs.azure.example.com/");
  Opened({{"endpoint", "https://storage.example.com"}}, "abfss://box@acct.dfs.example.com/");
}

TEST_F(AzureBackendTest, TokensAreNotSentUnencrypted) {
  EXPECT_THAT(
      ErrorOf({{"credential", "managedIdentity"}, {"endpoint", "http://storage.example.com"}},
              "abfss://box@acct.dfs.core.windows.net/"),
      HasSubstr("no token of Entra ID is sent there"));
  Opened({{"credential", "managedIdentity"}, {"endpoint", "https://storage.example.com"}},
         "abfss://box@acct.dfs.core.windows.net/");
}

TEST_F(AzureBackendTest, RootsAreInTheSameAccount) {
  const Ports ports = Opened({{"accountKey", kKey}}, "abfss://box@acct.dfs.core.windows.net/sales");
  EXPECT_THAT(UrlOf(ports, "x y", "wasbs://other@acct.blob.core.windows.net/a b"),
              HasSubstr("https://acct.blob.core.windows.net/other/a%20b/x%20y?sv="));
  EXPECT_THAT(UrlOf(ports, "x", "az://other"),
              HasSubstr("https://acct.blob.core.windows.net/other/x?sv="));
  EXPECT_THAT(UrlOf(ports, "x", "abfss://box@else.dfs.core.windows.net/"),
              HasSubstr("invalid_argument: 'abfss://box@else.dfs.core.windows.net/' is not in the "
                        "account 'acct'"));
  EXPECT_THAT(UrlOf(ports, "x", "s3://box/a"), HasSubstr("invalid_argument: "));
  EXPECT_THAT(UrlOf(ports, "x", "nonsense"), HasSubstr("invalid_argument: "));
  for (const char* key : {"", "a/../b", "a\nb", "a\x7F"}) {
    EXPECT_THAT(UrlOf(ports, key), HasSubstr("invalid_argument: ")) << key;
  }
}

TEST_F(AzureBackendTest, RecipientsMayReachItElsewhere) {
  const Ports ports = Serving({{"accountKey", kKey}, {"publicEndpoint", "https://outside/acct/"}},
                              "az://box/sales");
  EXPECT_THAT(UrlOf(ports, "x"), HasSubstr("https://outside/acct/box/sales/x?sv=2020-12-06&spr="));
}

TEST_F(AzureBackendTest, UrlsOfAPublicContainerAreNotSigned) {
  const Ports ports = Opened({{"anonymous", "true"}}, "abfss://box@acct.dfs.core.windows.net/a");
  EXPECT_EQ(UrlOf(ports, "x y"), "https://acct.blob.core.windows.net/box/a/x%20y");
  EXPECT_EQ(ports.credentials, nullptr);
}

TEST_F(AzureBackendTest, AnIdentitySignsWithAKeyThatIsDelegatedNowAndThen) {
  machine_.variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = server_.Url("/imds");
  std::vector<net::TestRequest> asked;
  answer_ = [&](const net::TestRequest& request, net::TestConnection& connection) {
    asked.push_back(request);
    connection.Answer("200 OK", kDelegated);
  };
  const Ports ports = Serving({{"credential", "managedIdentity"}}, "az://box/sales");
  const std::string url = UrlOf(ports, "x", {}, machine_.clock.now + 30 * kDay);
  EXPECT_THAT(url, HasSubstr("&se=2026-02-07T08%3A00%3A00Z&"));
  EXPECT_THAT(url, HasSubstr("&skoid=oid&sktid=tid&"));
  UrlOf(ports, "x");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].method, "POST");
  EXPECT_EQ(asked[0].target, "/acct/?restype=service&comp=userdelegationkey");
  EXPECT_EQ(asked[0].headers.at("authorization"), "Bearer token");
  EXPECT_THAT(asked[0].body, HasSubstr("<Start>2026-01-31T08:45:00Z</Start>"
                                       "<Expiry>2026-02-07T08:00:00Z</Expiry>"));
  machine_.clock.now += 3 * kDay;
  UrlOf(ports, "x");
  EXPECT_EQ(asked.size(), 1U);
  machine_.clock.now += kDay;
  UrlOf(ports, "x");
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(AzureBackendTest, WhyNoKeyIsDelegatedIsSaid) {
  machine_.variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = server_.Url("/imds");
  answer_ = [&](const net::TestRequest& request, net::TestConnection& connection) {
    connection.Answer("403 Forbidden",
                      "<Error><Code>AuthorizationPermissionMismatch</Code><Message>Not you.\nTime:1"
                      "</Message></Error>");
  };
  const Ports ports = Serving({{"credential", "managedIdentity"}}, "az://box/sales");
  const auto signer = ports.urls->SignerFor({"table", "recipient", machine_.clock.now + 1});
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(signer.error().message,
            "asking for a user delegation key: az://acct: POST was answered 403 "
            "AuthorizationPermissionMismatch: Not you.");
}

TEST_F(AzureBackendTest, AFolderIsVendedWhereFoldersAreReal) {
  answer_ = [&](const net::TestRequest& request, net::TestConnection& connection) {
    EXPECT_EQ(request.target, "/acct/?restype=account&comp=properties");
    connection.Answer("200 OK", "", "x-ms-is-hns-enabled: true\r\n");
  };
  const Ports ports = Serving({{"accountKey", kKey}}, "az://box/sales/eu");
  const auto vended = ports.credentials->Vend(3'600'000);
  ASSERT_TRUE(vended) << vended.error().message;
  EXPECT_EQ(vended->kind, StoreKind::kAzure);
  EXPECT_EQ(vended->expires_at_ms, machine_.clock.now + 3'600'000);
  EXPECT_THAT(vended->fields.at("sasToken"),
              HasSubstr("sv=2020-12-06&se=2026-01-31T10%3A00%3A00Z&sr=d&sp=rl&sdd=2&sig="));
  EXPECT_TRUE(ports.credentials->Vend(3'600'000));
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(AzureBackendTest, AFolderIsNotVendedWhereASasWouldOpenItsContainer) {
  const auto vended = Opened({{"accountKey", kKey}, {"hierarchical", "false"}},
                             "abfss://box@acct.dfs.core.windows.net/sales")
                          .credentials->Vend(1000);
  ASSERT_FALSE(vended);
  EXPECT_EQ(vended.error().kind, ErrorKind::kUnsupported);
  const auto whole = Opened({{"accountKey", kKey}, {"hierarchical", "false"}},
                            "wasbs://box@acct.blob.core.windows.net/")
                         .credentials->Vend(1000);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->location, "abfss://box@acct.dfs.core.windows.net");
  EXPECT_THAT(whole->fields.at("sasToken"), HasSubstr("&sr=c&sp=rl&sig="));
}

TEST_F(AzureBackendTest, ListingsAreReadToTheirEnd) {
  answer_ = [&](const net::TestRequest& request, net::TestConnection& connection) {
    const bool second = request.target.find("&marker=next%2F1") != std::string::npos;
    const std::string blob =
        std::string("<Blob><Name>sales/log/") + (second ? "2" : "1") +
        "</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>";
    connection.Answer("200 OK", "<EnumerationResults><Blobs>" + blob + "</Blobs><NextMarker>" +
                                    (second ? "" : "next/1") +
                                    "</NextMarker></EnumerationResults>");
  };
  const auto listed = Serving({{"accountKey", kKey}}, "az://box/sales").objects->List("log/", "");
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(listed->at(1).key, "log/2");
}

TEST_F(AzureBackendTest, AMarkOfAFolderIsNoObject) {
  answer_ = [&](const net::TestRequest& request, net::TestConnection& connection) {
    connection.Answer("200 OK", "", "x-ms-meta-hdi_isfolder: true\r\nETag: \"e\"\r\n");
  };
  const Ports ports = Serving({{"accountKey", kKey}}, "az://box/sales");
  EXPECT_EQ(ports.objects->Stat("log").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ports.objects->Read("log", 10).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ports.objects->Open("log").error().kind, ErrorKind::kNotFound);
}

TEST_F(AzureBackendTest, ARedirectIsNotFollowed) {
  answer_ = [&](const net::TestRequest& request, net::TestConnection& connection) {
    connection.Answer("302 Found", "", "Location: " + server_.Url("/else") + "\r\n");
  };
  const Ports ports = Serving({{"sasToken", "sp=r&sig=secret"}}, "az://box/sales");
  const auto read = ports.objects->Read("x", 10);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("was answered 302"));
  EXPECT_THAT(read.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST(DelegationKey, WhatIsNoneIsRefused) {
  ASSERT_TRUE(ReadDelegationKey("acct", kDelegated));
  EXPECT_EQ(ReadDelegationKey("acct", kDelegated)->expires_at_ms, 1'770'451'200'000);
  const std::string good = kDelegated;
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return ReadDelegationKey("acct", text);
  };
  for (const auto& [from, to] : {std::pair("<SignedOid>oid</SignedOid>", ""),
                                 {"tid</SignedTid>", "t\nid</SignedTid>"},
                                 {"2026-02-07T08:00:00Z", "never"},
                                 {"<Value>a2V5", "<Value>a2V"},
                                 {"<Value>a2V5", "<Value>"},
                                 {"<UserDelegationKey>", "<Error>"}}) {
    const auto read = changed(from, to);
    ASSERT_FALSE(read) << to;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt) << to;
  }
}

}  // namespace
}  // namespace sluice::storage
