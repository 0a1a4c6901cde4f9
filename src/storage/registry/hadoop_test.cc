#include "storage/registry/hadoop.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::string Site(const std::vector<std::pair<std::string, std::string>>& properties) {
  std::string xml = "<?xml version=\"1.0\"?>\n<configuration>\n";
  for (const auto& [name, value] : properties) {
    xml += fmt::format("<property>\n  <name>{}</name>\n  <value> {}\n</value></property>", name,
                       value);
  }
  return xml + "</configuration>\n";
}

std::map<std::string, StoreOptions> Read(
    const std::vector<std::pair<std::string, std::string>>& properties) {
  std::map<std::string, StoreOptions> found;
  auto rules = ReadHadoopRules(Site(properties), "core-site.xml").value();
  for (auto& rule : rules) {
    found[rule.prefix] = std::move(rule.options);
  }
  return found;
}

TEST(Hadoop, KeysOfS3) {
  const auto rules = Read({{"fs.s3a.access.key", "AK"},
                           {"fs.s3a.secret.key", "SK"},
                           {"fs.s3a.endpoint", "store.example:9000"},
                           {"fs.s3a.connection.ssl.enabled", "false"},
                           {"fs.s3a.path.style.access", "true"},
                           {"fs.s3a.threads.max", "64"},
                           {"io.file.buffer.size", "65536"},
                           {"fs.s3a.bucket.my.data.endpoint", "https://other.example"},
                           {"fs.s3a.bucket.my.data.endpoint.region", "eu-west-1"},
                           {"fs.s3a.bucket.open.aws.credentials.provider",
                            "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider"}});
  EXPECT_THAT(rules.at("s3://"),
              ElementsAre(Pair("accessKeyId", "AK"), Pair("endpoint", "http://store.example:9000"),
                          Pair("pathStyle", "true"), Pair("secretAccessKey", "SK")));
  EXPECT_THAT(rules.at("s3://my.data"),
              ElementsAre(Pair("endpoint", "https://other.example"), Pair("region", "eu-west-1")));
  EXPECT_THAT(rules.at("s3://open"), ElementsAre(Pair("anonymous", "true")));
  EXPECT_EQ(rules.size(), 3U);
}

TEST(Hadoop, KeysOfAzureAndGoogle) {
  const auto rules =
      Read({{"fs.azure.account.key.acct.blob.core.windows.net", "a2V5"},
            {"fs.azure.account.auth.type", "OAuth"},
            {"fs.azure.account.oauth2.client.id.two.dfs.core.windows.net", "id"},
            {"fs.azure.account.oauth2.client.secret.two.dfs.core.windows.net", "secret"},
            {"fs.azure.account.oauth2.client.endpoint.two.dfs.core.windows.net",
             "https://login.example/tenant/oauth2/token"},
            {"fs.azure.sas.box.acct.blob.core.windows.net", "sig=x"},
            {"google.cloud.auth.service.account.json.keyfile", "/keys/one.json"}});
  EXPECT_THAT(rules.at("abfss://@acct.blob.core.windows.net"),
              ElementsAre(Pair("accountKey", "a2V5")));
  EXPECT_THAT(rules.at("abfss://@two.dfs.core.windows.net"),
              ElementsAre(Pair("authorityHost", "https://login.example"), Pair("clientId", "id"),
                          Pair("clientSecret", "secret"), Pair("tenantId", "tenant")));
  EXPECT_THAT(rules.at("abfss://box@acct.blob.core.windows.net"),
              ElementsAre(Pair("sasToken", "sig=x")));
  EXPECT_THAT(rules.at("gs://"), ElementsAre(Pair("credentialsFile", "/keys/one.json")));
}

TEST(Hadoop, WhatCannotBeUsedIsNamedWithoutItsValue) {
  const auto error = [](const std::string& name, const std::string& value) {
    return ReadHadoopRules(Site({{name, value}}), "core-site.xml").error();
  };
  const auto store = error("hadoop.security.credential.provider.path", "jceks://hidden");
  EXPECT_EQ(store.kind, ErrorKind::kUnsupported);
  EXPECT_THAT(store.message, HasSubstr("core-site.xml: hadoop.security.credential.provider.path"));
  EXPECT_THAT(store.message, Not(HasSubstr("hidden")));
  EXPECT_THAT(error("fs.s3a.aws.credentials.provider", "com.example.Vault").message,
              HasSubstr("'Vault'"));
  for (const char* bad : {"", "<configuration>", "<other/>", "not XML"}) {
    EXPECT_THAT(ReadHadoopRules(bad, "core-site.xml").error().message, HasSubstr("core-site.xml"))
        << bad;
  }
}

TEST(Hadoop, OwnRulesWin) {
  const auto merged = MergeRules({{"s3://", {{"region", "a"}, {"pathStyle", "true"}}, {}}},
                                 {{"s3://", {{"region", "b"}}, true}, {"gs://", {}, {}}});
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_THAT(merged[0].options, ElementsAre(Pair("pathStyle", "true"), Pair("region", "b")));
  EXPECT_TRUE(*merged[0].directory_access);
  EXPECT_EQ(merged[1].prefix, "gs://");
}

}  // namespace
}  // namespace sluice::storage
