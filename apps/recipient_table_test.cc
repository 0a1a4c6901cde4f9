#include "recipient_table.h"

#include <gtest/gtest.h>

namespace sluice::apps {
namespace {

TEST(CellText, KeepsTheTerminalSafe) {
  EXPECT_EQ(CellText("a\x1b[31mred\nnext\ttab", 80), "a [31mred next tab");
  EXPECT_EQ(CellText("abc\xE2\x80\xAE", 80), "abc ");  // right-to-left override
  EXPECT_EQ(CellText("\xC2\x9B"
                     "31m",
                     80),
            " 31m");  // one-byte control sequence
  EXPECT_EQ(CellText("a\xFF\xC3", 80), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(CellText, CutsAtColumnsNotBytes) {
  EXPECT_EQ(CellText("äöüß", 4), "äöüß");
  EXPECT_EQ(CellText("äöüßx", 4), "äöü…");
  EXPECT_EQ(CellText("日本語", 5), "日本…");
  EXPECT_EQ(DisplayWidth("日本…"), 5);
}

TEST(FormatTable, AlignsTextLeftAndNumbersRight) {
  const TextTable table{{{"name"}, {"n", true}}, {{"a", "1"}, {"日本", "1000"}}};
  EXPECT_EQ(FormatTable(table, 0),
            "name     n\n"
            "────  ────\n"
            "a        1\n"
            "日本  1000\n");
}

TEST(FormatTable, LeavesOutWhatDoesNotFitAndSaysSo) {
  const TextTable table{{{"aaaa"}, {"bbbb"}, {"cccc"}}, {}};
  EXPECT_EQ(FormatTable(table, 10),
            "aaaa  bbbb\n────  ────\n… and 1 more column; choose with --columns\n");
  EXPECT_NE(FormatTable(table, 1).find("aaaa\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::apps
