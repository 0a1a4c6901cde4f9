#include "delta/file_stats.h"

#include <gtest/gtest.h>

namespace sluice::delta {
namespace {

TEST(FileStats, TellsHowManyRecordsAndHowTight) {
  const FileStats stats = ReadFileStats(R"({"numRecords":7,"minValues":{"a":1}})");
  EXPECT_EQ(stats.num_records, 7);
  EXPECT_TRUE(stats.tight_bounds);
  EXPECT_FALSE(ReadFileStats(R"({"tightBounds":false,"numRecords":7})").tight_bounds);
  EXPECT_TRUE(ReadFileStats(R"({"tightBounds":true})").tight_bounds);
}

TEST(FileStats, TellsNothingOfWhatIsNone) {
  for (const char* text : {"", "{", "[7]", "null", R"({"numRecords":-1})", R"({"numRecords":"7"})",
                           R"({"numRecords":7)", R"({"numRecords":7} x)", R"({"a":1})"}) {
    EXPECT_FALSE(ReadFileStats(text).num_records) << text;
  }
}

}  // namespace
}  // namespace sluice::delta
