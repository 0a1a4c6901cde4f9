#include "base/encoding.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

namespace sluice {
namespace {

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

TEST(Hex, BothWays) {
  EXPECT_EQ(HexEncode(std::string("\x00\x0F\xF0\xFF", 4)), "000ff0ff");
  EXPECT_EQ(HexDecode("000FF0ff").value(), std::string("\x00\x0F\xF0\xFF", 4));
  EXPECT_EQ(HexEncode(""), "");
  EXPECT_EQ(HexDecode("").value(), "");
}

TEST(Hex, RefusesWhatIsNone) {
  for (const char* text : {"0", "0g", "g0", "0x", " 0", "00 ", "\xFF\xFF"}) {
    ASSERT_FALSE(HexDecode(text)) << text;
    EXPECT_EQ(HexDecode(text).error().kind, ErrorKind::kMalformed);
  }
}

TEST(Base64, VectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xFB\xFF\xBE", "+/++"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64Encode(bytes), text);
    EXPECT_EQ(Base64Decode(text).value(), bytes);
  }
}

TEST(Base64, OneTextForEachBytes) {
  for (const char* text : {"Zg", "Zm8", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n",
                           "=Zg=", "-_--", "Zm 9v==="}) {
    ASSERT_FALSE(Base64Decode(text)) << text;
    EXPECT_EQ(Base64Decode(text).error().kind, ErrorKind::kMalformed);
  }
}

TEST(Base64Url, VectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBE", "-_--"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64UrlEncode(bytes), text);
    EXPECT_EQ(Base64UrlDecode(text).value(), bytes);
  }
}

TEST(Base64Url, OneTextForEachBytes) {
  // "Zg" and "Zh" differ in bits that no byte holds.
  for (const char* text :
       {"Zh", "Zm9", "Z", "Zm9vY", "Zg==", "Zg=", "Zm 9v", "Zm9v\n", "+/++", "\xC3\xA9"}) {
    ASSERT_FALSE(Base64UrlDecode(text)) << text;
    EXPECT_EQ(Base64UrlDecode(text).error().kind, ErrorKind::kMalformed);
  }
}

TEST(Base64Url, RoundTripsRandomBytes) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = Base64UrlEncode(bytes);
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(Base64UrlDecode(text).value(), bytes);
  }
}

TEST(Z85, VectorsOfTheRfc) {
  EXPECT_EQ(HexEncode(Z85Decode("HelloWorld").value()), "864fd26fb559f75b");
  EXPECT_EQ(Z85Decode("").value(), "");
  EXPECT_EQ(HexEncode(Z85Decode("%nSc0").value()), "ffffffff");
  EXPECT_EQ(HexEncode(Z85Decode("00000").value()), "00000000");
}

TEST(Z85, RefusesWhatIsNone) {
  for (const char* text : {"Hello1", "Hell", "Hell\"", "Hell,", "%nSc1", "#####", "Hell\xC3"}) {
    ASSERT_FALSE(Z85Decode(text)) << text;
    EXPECT_EQ(Z85Decode(text).error().kind, ErrorKind::kMalformed);
  }
}

TEST(Utf8, AcceptsTheWellFormed) {
  for (const char* text :
       {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << HexEncode(text);
  }
}

TEST(Utf8, RefusesTheRest) {
  for (const char* text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFE", "\xFF", "good until \xC3"}) {
    EXPECT_FALSE(IsUtf8(text)) << HexEncode(text);
  }
}

TEST(JsonString, Escapes) {
  EXPECT_EQ(Json(""), R"("")");
  EXPECT_EQ(Json("plain"), R"("plain")");
  EXPECT_EQ(Json("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(Json("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(Json(std::string("\0\x01\x1F\x7F", 4)), "\"\\u0000\\u0001\\u001f\x7F\"");
  EXPECT_EQ(Json("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
}

TEST(JsonString, RepairsWhatIsNotUtf8) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(Json("a\xFFz"), "\"a" + mark + "z\"");
  EXPECT_EQ(Json("\xC3"), "\"" + mark + "\"");
  EXPECT_EQ(Json("\xED\xA0\x80"), "\"" + mark + mark + mark + "\"");
  EXPECT_EQ(Json("\xE2\x82\"x"), "\"" + mark + mark + "\\\"x\"");
  EXPECT_EQ(Json(std::string(1000, '\xFF')).size(), 3002U);
}

TEST(JsonString, AppendsToWhatIsThere) {
  std::string out = "{\"path\":";
  AppendJsonString("x", &out);
  out += ',';
  EXPECT_EQ(out, "{\"path\":\"x\",");
}

/// Another program's parser must read back what was written, wherever in a block of the scan the
/// odd bytes stand.
TEST(JsonString, ParsesBackToTheSameText) {
  std::mt19937 random(7);
  const std::vector<std::string> odd = {
      "\"",   "\\",       "\n",           std::string(1, '\0'), "\x1F",
      "\x7F", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const std::size_t pieces = random() % 40;
    const unsigned oddness = random() % 5 + 1;
    for (std::size_t i = 0; i < pieces; ++i) {
      text += random() % 5 < oddness ? odd[random() % odd.size()]
                                     : std::string(random() % 20, static_cast<char>('a' + i % 26));
    }
    boost::system::error_code code;
    const auto parsed = boost::json::parse(Json(text), code);
    ASSERT_FALSE(code) << Json(text);
    ASSERT_EQ(parsed.as_string(), text);
  }
}

TEST(JsonString, AnyBytesGiveAWellFormedString) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 70, '\0');
    // Few different values, so that beginnings of characters meet.
    for (char& c : bytes) c = "\xC3\xA9\xE2\x82\xED\xA0\xF0\x9F\x98\x80\xFF\"\\a\n"[random() % 15];
    const std::string json = Json(bytes);
    ASSERT_TRUE(IsUtf8(json));
    boost::system::error_code code;
    const auto parsed = boost::json::parse(json, code);
    ASSERT_FALSE(code) << HexEncode(bytes);
    if (IsUtf8(bytes)) {
      ASSERT_EQ(parsed.as_string(), bytes);
    }
  }
}

TEST(Printable, IsOneLineOfBoundedLength) {
  EXPECT_EQ(Printable("plain ü", 100), "plain ü");
  EXPECT_EQ(Printable("a\nb\tc\x7f", 100), "a?b?c?");
  EXPECT_EQ(Printable("a\xC2\x9B[2J\xE2\x80\xAE", 100), "a?[2J?");
  EXPECT_EQ(Printable("abcdef", 3), "abc…");
  EXPECT_EQ(Printable("aüb", 2), "a…");
  EXPECT_EQ(Printable("", 0), "");
}

}  // namespace
}  // namespace sluice
