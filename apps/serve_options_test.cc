#include "serve_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::apps {
namespace {

using testing::HasSubstr;

TEST(ServeOptions, Durations) {
  EXPECT_EQ(ParseDuration("90", "--x"), 90'000);
  EXPECT_EQ(ParseDuration("90s", "--x"), 90'000);
  EXPECT_EQ(ParseDuration("15m", "--x"), 900'000);
  EXPECT_EQ(ParseDuration("12h", "--x"), 43'200'000);
  EXPECT_EQ(ParseDuration("30d", "--x"), 2'592'000'000);
  for (const char* wrong :
       {"", "s", "0", "-1", "1.5h", "1w", "1 h", "99999999999999999999d", "9999999999d"}) {
    const auto parsed = ParseDuration(wrong, "--token-lifetime");
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_THAT(parsed.error().message, HasSubstr("--token-lifetime"));
  }
}

TEST(ServeOptions, Addresses) {
  const auto text = [](std::string_view listen) {
    const auto address = ParseListen(listen);
    return address ? fmt::format("{} {}", address->host, address->port) : "wrong";
  };
  EXPECT_EQ(text("127.0.0.1:8080"), "127.0.0.1 8080");
  EXPECT_EQ(text("localhost:0"), "localhost 0");
  EXPECT_EQ(text("[::1]:9"), "::1 9");
  EXPECT_EQ(text(":80"), "0.0.0.0 80");
  EXPECT_EQ(text("8080"), "127.0.0.1 8080");
  for (const char* wrong : {"", "nonsense", "host:", "host:x", "host:65536", "::1:80", "a:-1"}) {
    EXPECT_EQ(text(wrong), "wrong") << wrong;
  }
}

TEST(ServeOptions, PlacesInStores) {
  for (const char* store :
       {"s3://b/t", "S3A://b", "abfss://c@a.dfs.core.windows.net/t", "gs://b"}) {
    EXPECT_TRUE(IsInStore(store)) << store;
  }
  for (const char* local : {"", "/s3://b", "s3:/b", "./lake", "file:///lake", "ftp://b/t"}) {
    EXPECT_FALSE(IsInStore(local)) << local;
  }
}

TEST(ServeOptions, OneSourceOfTables) {
  ServeOptions options;
  EXPECT_THAT(MakeConfig(options).error().message, HasSubstr("serve needs"));
  options.folder = "/tables";
  EXPECT_TRUE(MakeConfig(options));
  options.config_file = "/nowhere.yaml";
  EXPECT_FALSE(MakeConfig(options));
  options.folder.clear();
  EXPECT_THAT(MakeConfig(options).error().message, HasSubstr("/nowhere.yaml"));
  options.profile = "p.share";
  EXPECT_THAT(MakeConfig(options).error().message, HasSubstr("--profile"));
}

TEST(ServeOptions, PublicUrlWithAndWithoutTheEndpoint) {
  ServeOptions options;
  options.folder = "/tables";
  for (const char* url : {"https://x.org", "https://x.org/", "https://x.org/delta-sharing",
                          "https://x.org/delta-sharing/"}) {
    options.public_url = url;
    EXPECT_EQ(MakeConfig(options)->public_url, "https://x.org") << url;
  }
  options.public_url = "https://x.org/below";
  EXPECT_EQ(MakeConfig(options)->public_url, "https://x.org/below");
  for (const char* wrong : {"x.org", "ftp://x.org", "https://x.org/?a", "https://x.org/ a"}) {
    options.public_url = wrong;
    EXPECT_FALSE(MakeConfig(options)) << wrong;
  }
}

TEST(ServeOptions, TlsFilesComeInPairs) {
  ServeOptions options;
  options.folder = "/tables";
  options.tls_key = "key.pem";
  EXPECT_FALSE(MakeConfig(options));
  options.tls_certificate = "cert.pem";
  EXPECT_EQ(MakeConfig(options)->tls->certificate_file, "cert.pem");
  options.self_signed = true;
  EXPECT_FALSE(MakeConfig(options));
}

}  // namespace
}  // namespace sluice::apps
