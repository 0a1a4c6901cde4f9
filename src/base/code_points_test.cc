#include "base/code_points.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice {
namespace {

TEST(CodePoints, AreTakenOneByOne) {
  std::string_view text = "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\xFF";
  std::vector<char32_t> points;
  while (!text.empty()) points.push_back(TakeCodePoint(&text));
  EXPECT_EQ(points, (std::vector<char32_t>{'a', 0xFC, 0x20AC, 0x1F600, 0xFFFD}));
}

TEST(CodePoints, ControlsAreThoseThatActOnOtherText) {
  for (const char32_t point : {0x00, 0x1F, 0x7F, 0x80, 0x9B, 0x9F, 0x61C, 0x200E, 0x200F, 0x2028,
                               0x2029, 0x202A, 0x202E, 0x2066, 0x2069}) {
    EXPECT_TRUE(IsControlPoint(point)) << static_cast<int>(point);
  }
  for (const char32_t point : {0x20, 0x7E, 0xA0, 0xFC, 0x200D, 0x2027, 0x202F, 0x2065, 0x206A}) {
    EXPECT_FALSE(IsControlPoint(point)) << static_cast<int>(point);
  }
}

TEST(CodePoints, TheFirstControlIsFoundWithItsPlace) {
  EXPECT_FALSE(FindControlPoint("gr\xC3\xBC\xC3\x9F \xFF"));
  const auto found = FindControlPoint("\xC3\xBC\xE2\x80\xAE\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->point, char32_t{0x202E});
  EXPECT_EQ(found->at, 2U);
}

TEST(CodePoints, TextsAreRidOfControlsOrRefusedByName) {
  EXPECT_EQ(WithoutControlPoints("a\n\xC3\xBC\xC2\x9B\xFF\xE2\x80\xA8", ' '), "a \xC3\xBC \xFF ");
  EXPECT_TRUE(CheckNoControlPoint("a name", "gr\xC3\xBC\xC3\x9F"));
  const auto refused = CheckNoControlPoint("a name", "ab\xC2\x9B");
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(refused.error().message, "a name must not hold the control character U+009B (byte 3)");
}

}  // namespace
}  // namespace sluice
