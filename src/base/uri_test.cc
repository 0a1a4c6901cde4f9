#include "base/uri.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Percent, EncodesAllButTheUnreserved) {
  EXPECT_EQ(PercentEncode("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(PercentEncode("a b/c+d=e%&?#\xC3\xA9"), "a%20b%2Fc%2Bd%3De%25%26%3F%23%C3%A9");
  EXPECT_EQ(PercentEncode("a/b c", true), "a/b%20c");
  EXPECT_EQ(PercentEncode(""), "");
}

/// Byte for byte, wherever in a block it stands.
TEST(Percent, EveryByteAtEveryPlace) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (int c = 0; c < 256; ++c) {
    for (std::size_t place = 0; place < 40; ++place) {
      const std::string text =
          std::string(place, 'a') + static_cast<char>(c) + std::string(place % 7, 'z');
      const bool plain = kUnreserved.find(static_cast<char>(c)) != std::string_view::npos;
      const std::string byte =
          plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
      const std::string expected = std::string(place, 'a') + byte + std::string(place % 7, 'z');
      ASSERT_EQ(PercentEncode(text), expected);
      ASSERT_EQ(PercentEncode(text, true), c == '/' ? text : expected);
    }
  }
  std::string out = "before ";
  AppendPercentEncoded("a/b=\xFF", true, &out);
  EXPECT_EQ(out, "before a/b%3D%FF");
}

TEST(Percent, DecodesAnyCaseAndKeepsPlus) {
  EXPECT_EQ(PercentDecode("%c3%A9+%2f").value(), "\xC3\xA9+/");
  EXPECT_EQ(PercentDecode("%00").value(), std::string(1, '\0'));
  EXPECT_EQ(PercentDecode("%2525").value(), "%25");
}

TEST(Percent, RefusesHalves) {
  for (const char* text : {"%", "a%2", "%zz", "%2x", "%%41", "%-1", "% 1"}) {
    ASSERT_FALSE(PercentDecode(text)) << text;
    EXPECT_EQ(PercentDecode(text).error().kind, ErrorKind::kMalformed);
  }
}

TEST(Percent, EveryByteRoundTrips) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(PercentDecode(PercentEncode(all)).value(), all);
  EXPECT_EQ(PercentDecode(PercentEncode(all, true)).value(), all);
}

TEST(ParseUri, Parts) {
  const Uri uri = ParseUri("HTTPS://Sharing.Example.COM:8443/Delta%20x/y?a=%2F&b=?c#part").value();
  EXPECT_EQ(uri.scheme, "https");
  EXPECT_EQ(uri.host, "sharing.example.com");
  EXPECT_EQ(uri.port, 8443);
  EXPECT_EQ(uri.path, "/Delta%20x/y");
  EXPECT_EQ(uri.query, "a=%2F&b=?c");
  EXPECT_EQ(uri.Origin(), "https://sharing.example.com:8443");
}

TEST(ParseUri, PartsMayBeAbsent) {
  const Uri bare = ParseUri("http://h").value();
  EXPECT_EQ(bare.port, -1);
  EXPECT_EQ(bare.path + bare.query, "");
  EXPECT_EQ(bare.Origin(), "http://h");
  EXPECT_EQ(ParseUri("http://h?q/r").value().query, "q/r");
  EXPECT_EQ(ParseUri("http://h?q/r").value().path, "");
  EXPECT_EQ(ParseUri("http://h#f/x").value().path, "");
  EXPECT_EQ(ParseUri("file:///data/sales").value().path, "/data/sales");
  EXPECT_EQ(ParseUri("s3://bucket/key").value().host, "bucket");
}

TEST(ParseUri, Ipv6) {
  const Uri uri = ParseUri("http://[2001:DB8::1]:80/x").value();
  EXPECT_EQ(uri.host, "2001:db8::1");
  EXPECT_EQ(uri.port, 80);
  EXPECT_EQ(uri.Origin(), "http://[2001:db8::1]:80");
  EXPECT_EQ(ParseUri("http://[::1]").value().host, "::1");
}

TEST(ParseUri, RefusesTheRest) {
  for (const char* text : {"", "/path", "host:80", "http:/h", "://h", "1a://h", "ht tp://h",
                           "http://u@h/", "http://u:p@h", "http://[::1", "http://[::1]x",
                           "http://h:", "http://h:65536", "http://h:-1", "http://h:8x",
                           "http://h:+80", "http://h/a b", "http://h/\n", "http://h/\x7F"}) {
    ASSERT_FALSE(ParseUri(text)) << text;
    EXPECT_EQ(ParseUri(text).error().kind, ErrorKind::kMalformed);
  }
}

TEST(ParseUri, ErrorsKeepSecretsBack) {
  for (const char* text : {"http://user:secret@h/", "http://h/?t=secret x", "secret"}) {
    EXPECT_EQ(ParseUri(text).error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice
