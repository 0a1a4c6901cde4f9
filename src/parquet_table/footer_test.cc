#include "parquet_table/footer.h"

#include <gmock/gmock.h>

#include "delta/schema_json.h"
#include "parquet_table/parquet_test_util.h"

namespace sluice::parquet_table {
namespace {

using arrow::field;
using testing::HasSubstr;

Result<Footer> ReadBytes(const std::string& bytes) {
  storage::MemoryStore store;
  EXPECT_TRUE(store.Put("dir/f.parquet", bytes, 7));
  return ReadFooter(store, store.Stat("dir/f.parquet").value());
}

/// The types of the columns of a file, or the error.
std::string TypesOf(const Columns& columns, const FileShape& shape = {}) {
  const auto footer = ReadBytes(ParquetBytes(columns, shape));
  if (!footer) return footer.error().message;
  std::string out;
  for (const auto& column : footer->columns->fields) {
    out += (out.empty() ? "" : " ") + delta::TypeText(*column.type);
  }
  return out;
}

std::string StatsOf(const Columns& columns, const FileShape& shape = {}) {
  const auto footer = ReadBytes(ParquetBytes(columns, shape));
  return footer ? footer->stats : footer.error().message;
}

TEST(Footer, ColumnsHaveTheTypesOfTables) {
  EXPECT_EQ(TypesOf({{field("a", arrow::int8()), "[]"},
                     {field("b", arrow::int16()), "[]"},
                     {field("c", arrow::int32()), "[]"},
                     {field("d", arrow::int64()), "[]"},
                     {field("e", arrow::float32()), "[]"},
                     {field("f", arrow::float64()), "[]"},
                     {field("g", arrow::boolean()), "[]"},
                     {field("h", arrow::utf8()), "[]"},
                     {field("i", arrow::binary()), "[]"},
                     {field("j", arrow::date32()), "[]"},
                     {field("k", arrow::decimal128(10, 2)), "[]"},
                     {field("l", arrow::null()), "[]"}}),
            "byte short integer long float double boolean string binary date decimal(10,2) void");
}

TEST(Footer, UnsignedNumbersTakeTheNextLargerType) {
  EXPECT_EQ(TypesOf({{field("a", arrow::uint8()), "[]"},
                     {field("b", arrow::uint16()), "[]"},
                     {field("c", arrow::uint32()), "[]"},
                     {field("d", arrow::uint64()), "[]"}}),
            "short integer long decimal(20,0)");
}

TEST(Footer, OtherFormsOfATypeAreThatType) {
  for (const bool store_schema : {false, true}) {
    FileShape shape;
    shape.store_schema = store_schema;
    EXPECT_EQ(TypesOf({{field("a", arrow::large_utf8()), "[]"},
                       {field("b", arrow::large_binary()), "[]"},
                       {field("c", arrow::fixed_size_binary(4)), "[]"},
                       {field("d", arrow::dictionary(arrow::int32(), arrow::utf8())), "[]"},
                       {field("e", arrow::large_list(arrow::int32())), "[]"},
                       {field("f", arrow::date64()), "[]"}},
                      shape),
              "string binary binary string array<integer> date");
  }
}

TEST(Footer, TimesAreInstantsOrNot) {
  const Columns columns = {
      {field("a", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")), "[]"},
      {field("b", arrow::timestamp(arrow::TimeUnit::NANO, "Asia/Tokyo")), "[]"},
      {field("c", arrow::timestamp(arrow::TimeUnit::MILLI)), "[]"},
      {field("d", arrow::timestamp(arrow::TimeUnit::NANO)), "[]"}};
  EXPECT_EQ(TypesOf(columns), "timestamp timestamp timestamp_ntz timestamp_ntz");
  FileShape int96;
  int96.int96 = true;
  EXPECT_EQ(TypesOf({columns[3]}, int96), "timestamp");
}

TEST(Footer, NestedTypes) {
  const auto inner = arrow::struct_({field("x", arrow::int32()), field("y", arrow::utf8())});
  EXPECT_EQ(TypesOf({{field("a", inner), "[]"},
                     {field("b", arrow::list(inner)), "[]"},
                     {field("c", arrow::map(arrow::utf8(), arrow::list(arrow::int64()))), "[]"}}),
            "struct<x: integer, y: string> array<struct<x: integer, y: string>> "
            "map<string, array<long>>");
}

TEST(Footer, WhatTablesHaveNoTypeForIsRefusedByName) {
  EXPECT_THAT(TypesOf({{field("t", arrow::time64(arrow::TimeUnit::MICRO)), "[]"}}),
              HasSubstr("'dir/f.parquet': column 't': tables have no type for time64[us]"));
  EXPECT_THAT(
      TypesOf({{field("s", arrow::struct_({field("x", arrow::duration(arrow::TimeUnit::SECOND))})),
                "[]"}}),
      HasSubstr("column 's': column 'x': tables have no type for duration[s]"));
  EXPECT_THAT(TypesOf({{field("d", arrow::decimal256(50, 2)), "[]"}}), HasSubstr("column 'd'"));
  EXPECT_THAT(TypesOf({{field("a", arrow::int32()), "[]"}, {field("A", arrow::int32()), "[]"}}),
              HasSubstr("'a' and 'A'"));
}

TEST(Footer, StatisticsAreThoseOfAllRowGroups) {
  FileShape shape;
  shape.group_rows = 2;
  EXPECT_EQ(StatsOf({{field("a", arrow::int64()), "[3, null, null, null, -7, 5]"},
                     {field("s", arrow::struct_({field("x", arrow::utf8())})),
                      R"([{"x": "b"}, {"x": null}, null, {"x": "a"}, {"x": "c"}, {"x": "b"}])"},
                     {field("l", arrow::list(arrow::int32())), "[[1], [], [2], [], [], [3]]"}},
                    shape),
            R"({"numRecords":6,"tightBounds":true,"minValues":{"a":-7,"s":{"x":"a"}},)"
            R"("maxValues":{"a":5,"s":{"x":"c"}},"nullCount":{"a":3,"s":{"x":2}}})");
  shape.statistics = false;
  EXPECT_EQ(StatsOf({{field("a", arrow::int64()), "[3, null]"}}, shape),
            R"({"numRecords":2,"tightBounds":true})");
  EXPECT_EQ(StatsOf({{field("a", arrow::int64()), "[null]"}}),
            R"({"numRecords":1,"tightBounds":true,"nullCount":{"a":1}})");
  EXPECT_EQ(StatsOf({{field("a", arrow::int64()), "[]"}}).substr(0, 15), R"({"numRecords":0)");
}

TEST(Footer, BoundsHoldForEveryTypesOrder) {
  const std::string stats =
      StatsOf({{field("u8", arrow::uint8()), "[200, 3]"},
               {field("u32", arrow::uint32()), "[4294967295, 1]"},
               {field("u64", arrow::uint64()), "[18446744073709551615, 1]"},
               {field("dec", arrow::decimal128(25, 3)), R"(["-1.500", "12345678901234567.001"])"},
               {field("dt", arrow::date32()), "[-1, 19000]"},
               {field("b", arrow::boolean()), "[true, false]"}});
  EXPECT_THAT(stats, HasSubstr(R"("minValues":{"u8":3,"u32":1,"u64":1,"dec":-1.500,)"
                               R"("dt":"1969-12-31","b":false})"));
  EXPECT_THAT(stats, HasSubstr(R"("maxValues":{"u8":200,"u32":4294967295,)"
                               R"("u64":18446744073709551615,"dec":12345678901234567.001,)"
                               R"("dt":"2022-01-08","b":true})"));
}

TEST(Footer, TimestampsAreWidenedToMilliseconds) {
  const std::string stats =
      StatsOf({{field("t", arrow::timestamp(arrow::TimeUnit::NANO, "UTC")), "[-1, 1]"},
               {field("n", arrow::timestamp(arrow::TimeUnit::MICRO)), "[1000, 2001]"},
               {field("far", arrow::timestamp(arrow::TimeUnit::MICRO)),
                "[-9223372036854775807, 9223372036854775807]"}});
  EXPECT_THAT(stats, HasSubstr(R"("minValues":{"t":"1969-12-31T23:59:59.999Z",)"
                               R"("n":"1970-01-01T00:00:00.001"})"));
  EXPECT_THAT(stats, HasSubstr(R"("maxValues":{"t":"1970-01-01T00:00:00.001Z",)"
                               R"("n":"1970-01-01T00:00:00.003"})"));
}

TEST(Footer, MaximaOfFloatingNumbersDoNotShowNaN) {
  const std::string stats = StatsOf({{field("d", arrow::float64()), "[1.5, NaN, 7]"},
                                     {field("f", arrow::float32()), "[0.1, 2, 3]"},
                                     {field("i", arrow::float64()), "[-Inf, 0, 1]"},
                                     {field("n", arrow::float64()), "[NaN, NaN, NaN]"}});
  EXPECT_THAT(stats, HasSubstr(R"("minValues":{"d":1.5,"f":0.1})"));
  EXPECT_THAT(stats, testing::Not(HasSubstr("maxValues")));
}

TEST(Footer, LongTextsAreCutAndMaximaRoundedUp) {
  const std::string stats = StatsOf(
      {{field("s", arrow::utf8()), "[\"" + std::string(40, 'a') + "\", \"" + std::string(32, 'b') +
                                       std::string("\xC3\xA9") + "\"]"},
       {field("e", arrow::utf8()),
        "[\"" + std::string(32, 'x') + "\xF4\x8F\xBF\xBF" + "y\", \"x\"]"}});
  const std::string last = "\xF4\x8F\xBF\xBF";
  EXPECT_THAT(stats,
              HasSubstr("\"minValues\":{\"s\":\"" + std::string(32, 'a') + "\",\"e\":\"x\"}"));
  EXPECT_THAT(stats, HasSubstr("\"maxValues\":{\"s\":\"" + std::string(32, 'b') + last +
                               "\",\"e\":\"" + std::string(32, 'x') + last + last + "\"}"));
}

TEST(Footer, WhatIsNoParquetFileIsRefusedByName) {
  const std::string good = Numbers("[1, 2, 3]");
  for (const std::string& bytes :
       {std::string(), std::string("PAR1"), std::string(100, 'x'), good.substr(0, good.size() - 1),
        good.substr(0, 20), "PAR1" + good.substr(good.size() - 8)}) {
    const auto footer = ReadBytes(bytes);
    ASSERT_FALSE(footer);
    EXPECT_EQ(footer.error().kind, ErrorKind::kCorrupt) << footer.error().message;
    EXPECT_THAT(footer.error().message, HasSubstr("'dir/f.parquet'"));
  }
  std::string encrypted = good;
  encrypted.back() = 'E';
  EXPECT_EQ(ReadBytes(encrypted).error().kind, ErrorKind::kUnsupported);
}

TEST(Footer, DamageIsAnErrorAndNoCrash) {
  const std::string good = ParquetBytes(
      Columns{{field("a", arrow::int64()), "[1, 2, 3]"},
              {field("s", arrow::struct_({field("x", arrow::utf8())})), "[{}, {}, {}]"}});
  unsigned length = 0;
  std::memcpy(&length, good.data() + good.size() - 8, 4);
  int refused = 0;
  for (std::size_t at = good.size() - 8 - length; at < good.size() - 8; ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xFF}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      refused += ReadBytes(bad) ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 50);
}

TEST(Footer, AFooterLargerThanTheFirstReadIsReadWhole) {
  Columns columns;
  for (int i = 0; i < 2000; ++i) {
    columns.emplace_back(field("a_column_of_a_wide_table_" + std::to_string(i), arrow::int64()),
                         "[1]");
  }
  const auto footer = ReadBytes(ParquetBytes(columns));
  ASSERT_TRUE(footer) << footer.error().message;
  EXPECT_EQ(footer->columns->fields.size(), 2000U);
}

}  // namespace
}  // namespace sluice::parquet_table
