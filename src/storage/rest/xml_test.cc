#include "storage/rest/xml.h"

#include <gmock/gmock.h>

#include <string>

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

TEST(Xml, TextsAndNumbers) {
  const auto xml = XmlDocument::Parse(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Result xmlns=\"http://x/\"><Key>a&amp;b &#x20AC;</Key><Blank> </Blank><Size>12</Size>"
      "<Data><![CDATA[<x>]]></Data><Less>-1</Less><More>99999999999999999999</More></Result>",
      "Result");
  ASSERT_TRUE(xml) << xml.error().message;
  EXPECT_EQ(XmlText(xml->root(), "Key"), "a&b \xE2\x82\xAC");
  EXPECT_EQ(XmlText(xml->root(), "Blank"), " ");
  EXPECT_EQ(XmlText(xml->root(), "Data"), "<x>");
  EXPECT_EQ(XmlText(xml->root(), "None"), "");
  EXPECT_EQ(XmlNumber(xml->root(), "Size"), 12);
  for (const char* name : {"Key", "Less", "More", "None"}) {
    EXPECT_EQ(XmlNumber(xml->root(), name), std::nullopt) << name;
  }
}

TEST(Xml, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "{}", "<a>", "<a></b>", "<a", "text", "<a>\xFF</a>", "<!-- only -->"}) {
    const auto xml = XmlDocument::Parse(text, "a");
    ASSERT_FALSE(xml) << text;
    EXPECT_EQ(xml.error().kind, ErrorKind::kCorrupt) << text;
  }
  EXPECT_FALSE(XmlDocument::Parse(std::string_view("<a>\0</a>", 8)));
  EXPECT_THAT(XmlDocument::Parse("<html/>", "a").error().message, HasSubstr("'html'"));
}

TEST(Xml, DocumentTypesAreRefused) {
  const auto xml = XmlDocument::Parse(
      "<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y SYSTEM \"file:///etc/hostname\">]>"
      "<a>&x;&y;</a>");
  ASSERT_FALSE(xml);
  EXPECT_THAT(xml.error().message, HasSubstr("document type"));
}

TEST(Xml, DepthCostsNoStackAndSizeIsBounded) {
  std::string deep;
  for (int i = 0; i < 500'000; ++i) deep += "<a>";
  EXPECT_FALSE(XmlDocument::Parse(deep));
  for (int i = 0; i < 500'000; ++i) deep += "</a>";
  EXPECT_TRUE(XmlDocument::Parse(deep));
  EXPECT_EQ(XmlDocument::Parse(std::string(17 << 20, ' ')).error().kind, ErrorKind::kTooLarge);
}

}  // namespace
}  // namespace sluice::storage
