#include "base/plain_text.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(PlainText, ControlCharactersAreThoseOfAscii) {
  for (const char c : {'\0', '\t', '\n', '\x1F', '\x7F'}) {
    EXPECT_TRUE(IsControl(c));
    EXPECT_TRUE(HasControls(std::string("ab") + c));
  }
  for (const char c : {' ', '~', '\x80', '\xFF'}) EXPECT_FALSE(IsControl(c));
  EXPECT_FALSE(HasControls(""));
}

TEST(PlainText, IsUtf8WithoutThem) {
  EXPECT_TRUE(IsPlainText(""));
  EXPECT_TRUE(IsPlainText("gr\xC3\xBC\xC3\x9F"));
  EXPECT_FALSE(IsPlainText("gr\xFC"));
  EXPECT_FALSE(IsPlainText("two\nlines"));
}

}  // namespace
}  // namespace sluice
