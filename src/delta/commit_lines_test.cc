#include "delta/commit_lines.h"

#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sluice::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Read(const std::string& text, ByteRange range) {
  LineReader reader(arrow::io::BufferReader::FromString(text),
                    static_cast<std::int64_t>(text.size()), range);
  std::vector<std::string> lines;
  for (;;) {
    const auto line = reader.Next();
    if (!line) {
      ADD_FAILURE() << line.error().message;
      return lines;
    }
    if (!*line) return lines;
    EXPECT_EQ(text.substr(static_cast<std::size_t>((*line)->offset), (*line)->text.size()),
              (*line)->text);
    lines.emplace_back((*line)->text);
  }
}

std::vector<std::string> ReadAll(const std::string& text) {
  return Read(text, {0, static_cast<std::int64_t>(text.size())});
}

TEST(LineReaderTest, ReadsLinesWithEveryKindOfEnd) {
  EXPECT_THAT(ReadAll("a\nbb\r\n\nc"), ElementsAre("a", "bb", "", "c"));
  EXPECT_THAT(ReadAll("a\n"), ElementsAre("a"));
  EXPECT_THAT(ReadAll("\n\n"), ElementsAre("", ""));
  EXPECT_THAT(ReadAll(""), IsEmpty());
}

TEST(LineReaderTest, RangesThatMeetShareEveryLineOnce) {
  const std::string text = "first\n\nthird line\r\nx\nlast";
  const auto size = static_cast<std::int64_t>(text.size());
  const auto whole = ReadAll(text);
  for (std::int64_t a = 0; a <= size; ++a) {
    for (std::int64_t b = a; b <= size; ++b) {
      std::vector<std::string> joined;
      for (const ByteRange range : {ByteRange{0, a}, ByteRange{a, b}, ByteRange{b, size}}) {
        for (auto& line : Read(text, range)) joined.push_back(std::move(line));
      }
      ASSERT_EQ(joined, whole) << a << " " << b;
    }
  }
}

TEST(LineReaderTest, ALineMayBeLongerThanWhatIsReadAtOnce) {
  const std::string line(3 << 20, 'x');
  EXPECT_THAT(Read("a\n" + line + "\nb\n", {2, 3}), ElementsAre(line));
  EXPECT_THAT(Read("a\n" + line + "\nb\n", {3, 4 << 20}), ElementsAre("b"));
}

TEST(LineReaderTest, RefusesAnEndlessLineAndAFileThatShrank) {
  const std::string endless(66 << 20, 'x');
  LineReader reader(arrow::io::BufferReader::FromString(endless),
                    static_cast<std::int64_t>(endless.size()), {0, 1});
  EXPECT_EQ(reader.Next().error().kind, ErrorKind::kTooLarge);
  LineReader shrunk(arrow::io::BufferReader::FromString("abc"), 10, {0, 10});
  EXPECT_EQ(shrunk.Next().error().kind, ErrorKind::kDataMissing);
}

}  // namespace
}  // namespace sluice::delta
