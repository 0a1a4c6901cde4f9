#include "storage/azure/azure_options.h"

#include <gmock/gmock.h>

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSas = "?sv=2020-12-06&se=2026-01-31T09%3A30%3A00Z&sr=c&sp=rl&sig=abc%2Fd%3D";

std::string ErrorOf(const StoreOptions& options) {
  const auto read = ReadAzureOptions(options);
  if (read) return "";
  EXPECT_EQ(read.error().kind, ErrorKind::kInvalidArgument);
  return read.error().message;
}

TEST(AzureOptions, NothingIsTheDefault) {
  const auto read = ReadAzureOptions({});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->credential, AzureCredentialKind::kDefault);
  EXPECT_EQ(read->endpoint_suffix, "core.windows.net");
  EXPECT_FALSE(read->share_sas);
  EXPECT_EQ(read->hierarchical, std::nullopt);
}

TEST(AzureOptions, AreRead) {
  const auto read = ReadAzureOptions({{"account", "Acct"},
                                      {"accountKey", "a2V5"},
                                      {"endpoint", "http://127.0.0.1:10000/acct/"},
                                      {"hierarchical", "true"},
                                      {"caFile", "/ca.pem"}});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->account, "acct");
  EXPECT_EQ(read->account_key, "key");
  EXPECT_EQ(read->endpoint, "http://127.0.0.1:10000/acct");
  EXPECT_EQ(read->hierarchical, true);
  EXPECT_EQ(read->ca_file, "/ca.pem");
  const auto sas = ReadAzureOptions({{"sasToken", kSas}, {"shareSas", "true"}});
  ASSERT_TRUE(sas) << sas.error().message;
  EXPECT_EQ(sas->sas, kSas + 1);
  EXPECT_TRUE(sas->share_sas);
}

TEST(AzureOptions, WhatIsWrongIsNamedWithoutSecrets) {
  EXPECT_THAT(ErrorOf({{"acount", "x"}}), HasSubstr("there is no option 'acount'"));
  EXPECT_THAT(ErrorOf({{"credential", "magic"}}), HasSubstr("managedIdentity"));
  EXPECT_THAT(ErrorOf({{"credential", "accountKey"}}), HasSubstr("needs the option accountKey"));
  EXPECT_THAT(ErrorOf({{"credential", "sas"}}), HasSubstr("needs the option sasToken"));
  EXPECT_THAT(ErrorOf({{"credential", "azureCli"}, {"accountKey", "a2V5"}}),
              HasSubstr("accountKey is given, but credential or anonymous"));
  EXPECT_THAT(ErrorOf({{"anonymous", "true"}, {"accountKey", "a2V5"}}), HasSubstr("anonymous"));
  EXPECT_THAT(ErrorOf({{"anonymous", "true"}, {"credential", "azureCli"}}), HasSubstr("anonymous"));
  EXPECT_THAT(ErrorOf({{"accountKey", "a2V5"}, {"sasToken", kSas}}), HasSubstr("leave one out"));
  EXPECT_THAT(ErrorOf({{"clientSecret", "s"}, {"clientId", "c"}}), HasSubstr("needs tenantId"));
  const std::string key = ErrorOf({{"accountKey", "no base64!"}});
  EXPECT_THAT(key, HasSubstr("accountKey: "));
  EXPECT_THAT(key, Not(HasSubstr("no base64!")));
  for (const char* sas : {"sp=r&se=x", "sig=", "sig=a b", "sig=a#b", "nonsense", "sig=a\nb"}) {
    EXPECT_THAT(ErrorOf({{"sasToken", sas}}), HasSubstr("sasToken: a SAS is")) << sas;
  }
}

TEST(AzureOptions, ASharedSasLetsNobodyWrite) {
  EXPECT_THAT(ErrorOf({{"shareSas", "true"}}), HasSubstr("no sasToken"));
  for (const char* permissions : {"rw", "l", "", "racwdl"}) {
    const std::string sas = "sp=" + std::string(permissions) + "&sig=x";
    EXPECT_THAT(ErrorOf({{"shareSas", "true"}, {"sasToken", sas}}), HasSubstr("at most to list"))
        << permissions;
  }
}

TEST(AzureConnectionString, IsReadAsThePortalWritesIt) {
  const auto read = ParseConnectionString(
      "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a2V5a2V5OQ==;"
      "EndpointSuffix=core.chinacloudapi.cn");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->account, "acct");
  EXPECT_EQ(read->account_key, "keykey9");
  EXPECT_EQ(read->endpoint, "https://acct.blob.core.chinacloudapi.cn");
  const auto sas = ParseConnectionString(
      "BlobEndpoint=https://acct.blob.core.windows.net/;SharedAccessSignature=sp=r&sig=x;");
  ASSERT_TRUE(sas) << sas.error().message;
  EXPECT_EQ(sas->account, "acct");
  EXPECT_EQ(sas->endpoint, "https://acct.blob.core.windows.net");
  EXPECT_EQ(sas->sas, "sp=r&sig=x");
  EXPECT_EQ(ParseConnectionString("AccountName=a;AccountKey=a2V5")->endpoint, "");
}

TEST(AzureConnectionString, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "AccountName", "AccountName=a", "AccountKey=a2V5", "AccountName=a;AccountKey=%%",
        "AccountName=a;AccountKey=a2V5;SharedAccessSignature=sig=x",
        "AccountName=a;AccountKey=a2V5;BlobEndpoint=host",
        "AccountName=a;AccountKey=a2V5;BlobEndpoint=https://h/?a=b"}) {
    EXPECT_FALSE(ParseConnectionString(text)) << text;
  }
  EXPECT_EQ(ParseConnectionString("UseDevelopmentStorage=true").error().kind,
            ErrorKind::kUnsupported);
  EXPECT_THAT(ErrorOf({{"connectionString", "AccountName=a;AccountKey=a2V5"}, {"account", "a"}}),
              HasSubstr("leave it or account out"));
}

}  // namespace
}  // namespace sluice::storage
