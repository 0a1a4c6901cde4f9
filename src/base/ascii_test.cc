#include "base/ascii.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Ascii, CaseIsThatOfLettersOnly) {
  EXPECT_EQ(ToLower("AZaz[@`{09"), "azaz[@`{09");
  EXPECT_EQ(ToUpper("AZaz[@`{09"), "AZAZ[@`{09");
  EXPECT_EQ(ToLower("\xC3\x89"), "\xC3\x89");
  EXPECT_TRUE(EqualsIgnoreCase("Content-Type", "cONTENT-tYPE"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("[", "{"));
}

TEST(Ascii, TrimsBlanksAtBothEnds) {
  EXPECT_EQ(Trim(" \t a b\t "), "a b");
  EXPECT_EQ(Trim("\n"), "\n");
  EXPECT_EQ(Trim(" \t"), "");
  EXPECT_EQ(Trim(""), "");
}

}  // namespace
}  // namespace sluice
