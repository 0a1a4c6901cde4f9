#include "delta/deletion_vector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <roaring/roaring64map.hh>

#include "base/encoding.h"
#include "delta/roaring_check.h"

namespace roaring {}
using namespace roaring;

namespace sluice::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Number>
void Append(Number number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof(Number));
}

Roaring Rows(const std::vector<std::uint32_t>& rows) {
  return Roaring(rows.size(), rows.data());
}

std::string Serialize(const Roaring& bitmap) {
  std::string out(bitmap.getSizeInBytes(true), '\0');
  bitmap.write(out.data(), true);
  return out;
}

std::string Portable(const std::vector<std::pair<std::uint32_t, Roaring>>& buckets) {
  std::string out;
  Append<std::uint32_t>(1681511377, &out);
  Append<std::uint64_t>(buckets.size(), &out);
  for (const auto& [key, bitmap] : buckets) {
    Append(key, &out);
    out += Serialize(bitmap);
  }
  return out;
}

std::string Native(const std::vector<Roaring>& buckets) {
  std::string out;
  Append<std::uint32_t>(1681511376, &out);
  Append(static_cast<std::uint32_t>(buckets.size()), &out);
  for (const Roaring& bitmap : buckets) {
    const std::string bytes = Serialize(bitmap);
    Append(static_cast<std::uint32_t>(bytes.size()), &out);
    out += bytes;
  }
  return out;
}

DeletionVector WithCardinality(std::int64_t cardinality) {
  DeletionVector vector;
  vector.cardinality = cardinality;
  return vector;
}

std::vector<std::int64_t> RowsBelow(const DeletedRows& deleted, std::int64_t end) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < end; ++row) {
    if (deleted.Contains(row)) rows.push_back(row);
  }
  return rows;
}

/// A file's record: big-endian size, bitmap, big-endian CRC-32.
std::string Record(const std::string& bitmap) {
  const auto big_endian = [](std::uint32_t number) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
    return out;
  };
  const auto checksum = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bitmap.data()), static_cast<uInt>(bitmap.size())));
  return big_endian(static_cast<std::uint32_t>(bitmap.size())) + bitmap + big_endian(checksum);
}

// As delta-spark wrote it.
TEST(DeletionVectorTest, ReadsInlineVectorOfSpark) {
  DeletionVector vector;
  vector.storage_type = 'i';
  vector.path_or_inline = "^Bg9^0rr910000000000iXQKl0rr91000315c8Xg000f5";
  vector.size_in_bytes = 36;
  vector.cardinality = 2;
  const auto bytes = InlineDeletionVectorBytes(vector);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto deleted = DecodeDeletionVector(vector, *bytes);
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(RowsBelow(*deleted, 100).size(), 2);
}

// The example of the format's text has the array's numbers big-endian, which the text itself rules
// out and no writer does.
TEST(DeletionVectorTest, RefusesBigEndianNumbers) {
  DeletionVector vector;
  vector.storage_type = 'i';
  vector.path_or_inline = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
  vector.size_in_bytes = 40;
  vector.cardinality = 6;
  const auto bytes = InlineDeletionVectorBytes(vector);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(DecodeDeletionVector(vector, *bytes).error().kind, ErrorKind::kCorrupt);
}

TEST(DeletionVectorTest, RefusesInlineVectorOfAnotherSize) {
  DeletionVector vector;
  vector.path_or_inline = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
  for (const int size : {-1, 0, 36, 41}) {
    vector.size_in_bytes = size;
    const auto bytes = InlineDeletionVectorBytes(vector);
    ASSERT_FALSE(bytes) << size;
    EXPECT_EQ(bytes.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(DeletionVectorTest, ReadsEveryContainerKindInBothForms) {
  Roaring bitmap;
  bitmap.add(7U);                                                        // An array.
  for (std::uint32_t i = 0; i < 40'000; i += 2) bitmap.add(65'536 + i);  // A bitset.
  bitmap.addRange(1'000'000, 1'030'000);                                 // Runs.
  bitmap.runOptimize();
  const auto count = static_cast<std::int64_t>(bitmap.cardinality());
  for (const std::string& bytes : {Portable({{0, bitmap}}), Native({bitmap})}) {
    const auto deleted = DecodeDeletionVector(WithCardinality(count), bytes);
    ASSERT_TRUE(deleted) << deleted.error().message;
    EXPECT_EQ(deleted->cardinality(), count);
    for (std::int64_t row = 0; row < 1'100'000; ++row) {
      ASSERT_EQ(deleted->Contains(row), bitmap.contains(static_cast<std::uint32_t>(row))) << row;
    }
  }
}

TEST(DeletionVectorTest, ReadsBucketsPastAnEmptyOne) {
  const std::int64_t far = (std::int64_t{2} << 32) + 5;
  for (const std::string& bytes : {Native({Rows({1U}), Roaring(), Rows({5U})}),
                                   Portable({{0, Rows({1U})}, {1, Roaring()}, {2, Rows({5U})}})}) {
    const auto deleted = DecodeDeletionVector(WithCardinality(2), bytes);
    ASSERT_TRUE(deleted) << deleted.error().message;
    EXPECT_TRUE(deleted->Contains(1));
    EXPECT_TRUE(deleted->Contains(far));
    std::uint8_t mask = 0;
    EXPECT_EQ(deleted->KeepMask(far - 1, 4, &mask), 3);
    EXPECT_EQ(mask, 0b1101);
  }
}

TEST(DeletionVectorTest, KeepMaskAgreesWithContains) {
  Roaring bitmap = Rows({0U, 1U, 8U, 63U, 64U, 65'535U, 65'536U, 70'000U});
  const auto deleted = DecodeDeletionVector(WithCardinality(8), Portable({{0, bitmap}}));
  ASSERT_TRUE(deleted);
  for (const auto& [begin, count] :
       std::vector<std::pair<int, int>>{{0, 1}, {0, 9}, {1, 70}, {65'530, 13}, {70'001, 20}}) {
    std::vector<std::uint8_t> mask(static_cast<std::size_t>((count + 7) / 8), 0xAA);
    std::int64_t kept = 0;
    for (int i = 0; i < count; ++i) kept += deleted->Contains(begin + i) ? 0 : 1;
    EXPECT_EQ(deleted->KeepMask(begin, count, mask.data()), kept);
    EXPECT_EQ(deleted->CountIn(begin, count), count - kept);
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ((mask[i / 8] >> (i % 8)) & 1, deleted->Contains(begin + i) ? 0 : 1) << begin + i;
    }
  }
}

TEST(DeletionVectorTest, TellsWhatAnotherDoesNotName) {
  const auto some = DecodeDeletionVector(WithCardinality(3), Portable({{0, Rows({1U, 2U, 9U})}}));
  const auto others = DecodeDeletionVector(WithCardinality(2), Portable({{0, Rows({2U, 7U})}}));
  ASSERT_TRUE(some && others);
  const DeletedRows rest = some->Without(*others);
  EXPECT_EQ(rest.cardinality(), 2);
  EXPECT_TRUE(rest.Contains(1) && rest.Contains(9));
  EXPECT_EQ(some->Without(*some).cardinality(), 0);
  EXPECT_EQ(some->cardinality(), 3);
}

TEST(DeletionVectorTest, RefusesAnotherCardinality) {
  const auto deleted = DecodeDeletionVector(WithCardinality(3), Portable({{0, Rows({1U, 2U})}}));
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(deleted.error().message, HasSubstr("lists 2 rows, the log says 3"));
}

TEST(DeletionVectorTest, TakesARecordOutOfAFile) {
  const std::string bitmap = Portable({{0, Rows({1U})}});
  DeletionVector vector = WithCardinality(1);
  vector.size_in_bytes = static_cast<std::int32_t>(bitmap.size());
  const std::string file = Record(bitmap) + "more";
  EXPECT_EQ(DeletionVectorRecord(vector, file).value(), bitmap);

  std::string flipped = file;
  flipped[9] = static_cast<char>(flipped[9] ^ 1);
  EXPECT_THAT(DeletionVectorRecord(vector, flipped).error().message, HasSubstr("checksum"));
  EXPECT_EQ(DeletionVectorRecord(vector, file.substr(0, bitmap.size() + 7)).error().kind,
            ErrorKind::kCorrupt);
  ++vector.size_in_bytes;
  EXPECT_EQ(DeletionVectorRecord(vector, file).error().kind, ErrorKind::kCorrupt);
}

// Every prefix and every flipped byte: an error or a bitmap of the right count, never a crash.
TEST(DeletionVectorTest, SurvivesDamage) {
  Roaring bitmap = Rows({7U, 9U, 70'000U});
  bitmap.addRange(200'000, 200'500);
  bitmap.runOptimize();
  const auto vector = WithCardinality(static_cast<std::int64_t>(bitmap.cardinality()));
  for (const std::string& good :
       {Portable({{0, bitmap}, {3, Roaring()}}), Native({bitmap, Roaring()})}) {
    for (std::size_t length = 0; length < good.size(); ++length) {
      // Copied to its own block, so that a sanitizer sees a read past the end.
      const std::vector<char> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_FALSE(DecodeDeletionVector(vector, {cut.data(), cut.size()})) << length;
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int flip : {1, 0x80, 0xFF}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ flip);
        const auto deleted = DecodeDeletionVector(vector, bad);
        if (!deleted) continue;
        EXPECT_EQ(deleted->cardinality(), vector.cardinality);
        std::uint8_t mask[128];
        deleted->KeepMask(199'800, 1024, mask);
      }
    }
  }
}

TEST(RoaringCheckTest, NamesWhatIsWrong) {
  const std::string good = Serialize(Rows({1U, 2U, 3U}));
  const auto extent = CheckRoaring(good + "tail");
  ASSERT_TRUE(extent);
  EXPECT_EQ(extent->bytes, good.size());
  EXPECT_EQ(extent->cardinality, 3);

  std::string unsorted = good;
  std::swap(unsorted[unsorted.size() - 2], unsorted[unsorted.size() - 4]);
  EXPECT_THAT(CheckRoaring(unsorted).error().message, HasSubstr("contradictory"));
  EXPECT_THAT(CheckRoaring("abcdefgh").error().message, HasSubstr("cookie"));
}

}  // namespace
}  // namespace sluice::delta
