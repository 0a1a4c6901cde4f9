#include "client/data_file.h"

#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/data_file_fixture.h"
#include "client/deletion_vector_fixture.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using ::testing::HasSubstr;

/// What the reader gives for one column `c` of the table's type (JSON), from a file's column.
Result<std::shared_ptr<arrow::Array>> ReadColumn(const std::string& type,
                                                 const std::shared_ptr<arrow::DataType>& file_type,
                                                 const std::string& values,
                                                 const FileShape& shape = {}) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("c", type)});
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("c", file_type), values}}), shape);
  SLUICE_TRY(const auto table, fixture.Read());
  return table->column(0)->chunk(0);
}

void ExpectColumn(const Result<std::shared_ptr<arrow::Array>>& actual,
                  const std::shared_ptr<arrow::DataType>& type, const std::string& values) {
  ASSERT_TRUE(actual) << actual.error().message;
  const auto expected = JsonArray(type, values);
  EXPECT_TRUE((*actual)->Equals(expected)) << (*actual)->ToString() << expected->ToString();
}

TEST(DataFileTest, WidensNumbers) {
  ExpectColumn(ReadColumn(Named("long"), arrow::int32(), "[1, null, -3]"), arrow::int64(),
               "[1, null, -3]");
  ExpectColumn(ReadColumn(Named("short"), arrow::int8(), "[1, -128]"), arrow::int16(), "[1, -128]");
  ExpectColumn(ReadColumn(Named("byte"), arrow::int32(), "[1, -128]"), arrow::int8(), "[1, -128]");
  ExpectColumn(ReadColumn(Named("double"), arrow::float32(), "[1.5]"), arrow::float64(), "[1.5]");
  ExpectColumn(ReadColumn(Named("double"), arrow::int32(), "[7]"), arrow::float64(), "[7]");
  ExpectColumn(ReadColumn(Named("decimal(20,4)"), arrow::decimal128(10, 2), R"(["1.25", null])"),
               arrow::decimal128(20, 4), R"(["1.2500", null])");
  ExpectColumn(ReadColumn(Named("decimal(12,1)"), arrow::int32(), "[7]"), arrow::decimal128(12, 1),
               R"(["7.0"])");
}

TEST(DataFileTest, ReadsTimestampsOfEveryUnit) {
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto naive = arrow::timestamp(arrow::TimeUnit::MICRO);
  const std::string text = Named("timestamp");
  ExpectColumn(ReadColumn(text, arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"), "[1500, null]"),
               utc, "[1500000, null]");
  ExpectColumn(ReadColumn(text, arrow::timestamp(arrow::TimeUnit::NANO), "[1500999]"), utc,
               "[1500]");
  ExpectColumn(
      ReadColumn(text, arrow::timestamp(arrow::TimeUnit::MICRO, "America/New_York"), "[5]"), utc,
      "[5]");
  ExpectColumn(ReadColumn(text, arrow::timestamp(arrow::TimeUnit::NANO), "[-62135596800000000]",
                          {.int96 = true, .store_schema = false}),
               utc, "[-62135596800000]");
  ExpectColumn(ReadColumn(Named("timestamp_ntz"), arrow::timestamp(arrow::TimeUnit::MICRO), "[5]"),
               naive, "[5]");
  ExpectColumn(ReadColumn(Named("timestamp_ntz"), arrow::date32(), "[1]"), naive, "[86400000000]");
}

TEST(DataFileTest, ReadsEveryFormOfText) {
  const auto dictionary = arrow::dictionary(arrow::int32(), arrow::utf8());
  ExpectColumn(ReadColumn(Named("string"), arrow::large_utf8(), R"(["a", null])"), arrow::utf8(),
               R"(["a", null])");
  ExpectColumn(ReadColumn(Named("string"), arrow::binary(), R"(["a"])"), arrow::utf8(), R"(["a"])");
  ExpectColumn(ReadColumn(Named("string"), dictionary, R"(["a", "b", "a"])"), arrow::utf8(),
               R"(["a", "b", "a"])");
  ExpectColumn(ReadColumn(Named("binary"), arrow::fixed_size_binary(2), R"(["ab"])"),
               arrow::binary(), R"(["ab"])");
}

TEST(DataFileTest, RefusesAnotherType) {
  for (const auto& [type, from, values] :
       std::vector<std::tuple<std::string, std::shared_ptr<arrow::DataType>, std::string>>{
           {Named("long"), arrow::utf8(), R"(["1"])"},
           {Named("string"), arrow::int32(), "[1]"},
           {Named("boolean"), arrow::int32(), "[1]"},
           {R"({"type":"array","elementType":"long","containsNull":true})", arrow::int64(), "[1]"},
           {Named("byte"), arrow::int32(), "[300]"}}) {
    const auto column = ReadColumn(type, from, values);
    ASSERT_FALSE(column) << type;
    EXPECT_EQ(column.error().kind, ErrorKind::kCorrupt) << column.error().message;
    EXPECT_THAT(column.error().message, HasSubstr("column 'c'"));
  }
}

TEST(DataFileTest, FillsMissingColumnsAndMatchesNamesWithoutCase) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("New", Named("string")), FieldJson("Id", Named("long")),
                             FieldJson("void", Named("void"))});
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("dropped", arrow::utf8()), R"(["x", "y"])"},
                                          {arrow::field("ID", arrow::int64()), "[1, 2]"}}));
  const auto table = fixture.Read();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->Equals(*JsonTable({{arrow::field("New", arrow::utf8()), "[null, null]"},
                                           {arrow::field("Id", arrow::int64()), "[1, 2]"},
                                           {arrow::field("void", arrow::null()), "[null, null]"}})))
      << (*table)->ToString();
}

TEST(DataFileTest, RefusesAmbiguousNames) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("id", Named("long"))});
  fixture.bytes = ParquetBytes(JsonTable(
      {{arrow::field("ID", arrow::int64()), "[1]"}, {arrow::field("Id", arrow::int64()), "[1]"}}));
  EXPECT_THAT(fixture.Read().error().message, HasSubstr("the file has 'ID' and 'Id'"));
}

TEST(DataFileTest, AdaptsNestedTypes) {
  const std::string inner =
      SchemaJson({FieldJson("b", Named("long")), FieldJson("new", Named("string")),
                  FieldJson("a", Named("string"))});
  DataFileFixture fixture;
  fixture.table = Described(
      {FieldJson("s", inner),
       FieldJson("l", R"({"type":"array","containsNull":true,"elementType":)" + inner + "}"),
       FieldJson("m", R"({"type":"map","keyType":"string","valueContainsNull":true,"valueType":)" +
                          inner + "}")});
  const auto have =
      arrow::struct_({arrow::field("a", arrow::large_utf8()),
                      arrow::field("gone", arrow::boolean()), arrow::field("b", arrow::int32())});
  const auto want =
      arrow::struct_({arrow::field("b", arrow::int64()), arrow::field("new", arrow::utf8()),
                      arrow::field("a", arrow::utf8())});
  fixture.bytes = ParquetBytes(JsonTable(
      {{arrow::field("m", arrow::map(arrow::utf8(), have)),
        R"([[["k", ["x", true, 1]], ["j", null]], null, []])"},
       {arrow::field("l", arrow::large_list(have)), R"([[["x", true, 1], null], [], null])"},
       {arrow::field("s", have), R"([["x", true, 1], null, ["y", false, null]])"}}));
  const auto table = fixture.Read();
  ASSERT_TRUE(table) << table.error().message;
  const auto expected =
      JsonTable({{arrow::field("s", want), R"([[1, null, "x"], null, [null, null, "y"]])"},
                 {arrow::field("l", arrow::list(arrow::field("element", want))),
                  R"([[[1, null, "x"], null], [], null])"},
                 {arrow::field("m", arrow::map(arrow::utf8(), want)),
                  R"([[["k", [1, null, "x"]], ["j", null]], null, []])"}});
  EXPECT_TRUE((*table)->Equals(*expected)) << (*table)->ToString() << expected->ToString();
}

std::string MappedField(const std::string& name, const std::string& physical, int id,
                        const std::string& type) {
  return FieldJson(
      name, type,
      fmt::format(R"({{"delta.columnMapping.id":{},"delta.columnMapping.physicalName":"{}"}})", id,
                  physical));
}

std::shared_ptr<arrow::Field> WithId(const std::string& name, int id,
                                     const std::shared_ptr<arrow::DataType>& type) {
  return arrow::field(name, type)
      ->WithMetadata(arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(id)}));
}

TEST(DataFileTest, FollowsColumnMapping) {
  for (const std::string mode : {"name", "id"}) {
    DataFileFixture fixture;
    const std::string inner = SchemaJson({MappedField("in", "col-3", 3, Named("long"))});
    fixture.table = Described({MappedField("a", "col-1", 1, Named("string")),
                               MappedField("col-1", "col-2", 2, Named("string")),
                               MappedField("s", "col-4", 4, inner)});
    fixture.table.metadata.configuration = {{"delta.columnMapping.mode", mode}};
    // In id mode names mean nothing, in name mode ids do not.
    const bool by_id = mode == "id";
    const auto file_inner =
        arrow::struct_({WithId(by_id ? "x" : "col-3", by_id ? 3 : 9, arrow::int64())});
    fixture.bytes = ParquetBytes(
        JsonTable({{WithId(by_id ? "y" : "col-2", by_id ? 2 : 9, arrow::utf8()), R"(["second"])"},
                   {WithId(by_id ? "a" : "col-1", by_id ? 1 : 9, arrow::utf8()), R"(["first"])"},
                   {WithId(by_id ? "z" : "col-4", by_id ? 4 : 9, file_inner), "[[5]]"}}));
    const auto table = fixture.Read();
    ASSERT_TRUE(table) << mode << ": " << table.error().message;
    const auto expected = JsonTable(
        {{arrow::field("a", arrow::utf8()), R"(["first"])"},
         {arrow::field("col-1", arrow::utf8()), R"(["second"])"},
         {arrow::field("s", arrow::struct_({arrow::field("in", arrow::int64())})), "[[5]]"}});
    EXPECT_TRUE((*table)->Equals(*expected)) << mode << (*table)->ToString();
  }
}

TEST(DataFileTest, PutsPartitionColumnsInPlace) {
  DataFileFixture fixture;
  fixture.table =
      Described({FieldJson("d", Named("date")), FieldJson("id", Named("long")),
                 FieldJson("n", Named("decimal(5,2)")), FieldJson("e", Named("string"))},
                {"d", "n", "e"});
  fixture.partition_values = {{"D", "1970-01-02"}, {"n", "1.5"}, {"e", ""}};
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), "[1, 2]"}}));
  const auto table = fixture.Read();
  ASSERT_TRUE(table) << table.error().message;
  const auto expected =
      JsonTable({{arrow::field("d", arrow::date32()), "[1, 1]"},
                 {arrow::field("id", arrow::int64()), "[1, 2]"},
                 {arrow::field("n", arrow::decimal128(5, 2)), R"(["1.50", "1.50"])"},
                 {arrow::field("e", arrow::utf8()), "[null, null]"}});
  EXPECT_TRUE((*table)->Equals(*expected)) << (*table)->ToString();
}

TEST(DataFileTest, CountsRowsWithoutReadingAColumn) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("p", Named("long")), FieldJson("id", Named("long"))}, {"p"});
  fixture.plan.columns = {"p"};
  fixture.partition_values = {{"p", "7"}};
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), "[1, 2, 3]"}}));
  const auto table = fixture.Read(2);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->CombineChunks().ValueOrDie()->Equals(
      *JsonTable({{arrow::field("p", arrow::int64()), "[7, 7, 7]"}})));
}

TEST(DataFileTest, DropsDeletedRowsAcrossRowGroupsAndBatches) {
  std::string values = "[";
  std::string expected = "[";
  const std::vector<std::uint32_t> deleted = {0,  7,  8,  9,  20, 21, 22, 23,
                                              24, 25, 26, 27, 28, 29, 35, 99};
  for (std::uint32_t i = 0; i < 100; ++i) {
    values += (i > 0 ? "," : "") + std::to_string(i);
    if (std::find(deleted.begin(), deleted.end(), i) != deleted.end()) continue;
    expected += (expected.size() > 1 ? "," : "") + std::to_string(i);
  }
  for (const std::int64_t max_rows : {3, 7, 1000}) {
    DataFileFixture fixture;
    fixture.table = Described({FieldJson("id", Named("long"))});
    fixture.rows = RowSelection{Deleted(deleted)};
    fixture.bytes = ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), values + "]"}}),
                                 {.group_rows = 10});
    const auto table = fixture.Read(max_rows);
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_TRUE((*table)->CombineChunks().ValueOrDie()->Equals(
        *JsonTable({{arrow::field("id", arrow::int64()), expected + "]"}})));
    // The third row group is deleted as a whole, so it is not a unit.
    EXPECT_EQ(fixture.Open()->units().size(), 9);
  }
}

TEST(DataFileTest, RefusesAVectorOfAnotherFile) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("id", Named("long"))});
  fixture.rows = RowSelection{Deleted({1, 3})};
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), "[1, 2, 3]"}}));
  const auto table = fixture.Read();
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(table.error().message, HasSubstr("rows beyond the file's 3"));
}

TEST(DataFileTest, FetchesOnlyTheColumnsAskedFor) {
  // Random text does not compress: a file too large to be fetched whole.
  std::string wide = "[";
  std::string ids = "[";
  std::uint64_t state = 1;
  for (int i = 0; i < 60'000; ++i) {
    std::string text;
    for (int j = 0; j < 5; ++j) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += fmt::format("{:016x}", state);
    }
    wide += (i > 0 ? ",\"" : "\"") + text + "\"";
    ids += (i > 0 ? "," : "") + std::to_string(i);
  }
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("id", Named("long")), FieldJson("wide", Named("string"))});
  fixture.plan.columns = {"id"};
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("wide", arrow::utf8()), wide + "]"},
                                          {arrow::field("id", arrow::int64()), ids + "]"}}),
                               {.group_rows = 30'000});
  ASSERT_GT(fixture.bytes.size(), std::size_t{4} << 20);
  const auto table = fixture.Read(100'000);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->num_rows(), 60'000);
  std::int64_t fetched = 0;
  for (const auto& fetch : fixture.fetches) fetched += fetch.second;
  EXPECT_EQ(fixture.fetches.size(), 3);  // The footer, and the column of each row group.
  EXPECT_LT(fetched, 1 << 20);
}

TEST(DataFileTest, SkipsRowGroupsThatAFilterCannotMatch) {
  std::string values = "[";
  for (int i = 0; i < 100; ++i) values += (i > 0 ? "," : "") + std::to_string(i);
  DataFileFixture fixture;
  fixture.table =
      Described({FieldJson("id", Named("long")), FieldJson("p", Named("integer"))}, {"p"});
  fixture.partition_values = {{"p", "7"}};
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), values + "]"}}),
                               {.group_rows = 10});
  const auto where = [&fixture](const char* sql) {
    fixture.plan.filter = predicate::ParseSqlPredicate(sql);
    const auto units = fixture.Open()->units().size();
    return std::pair(units, (*fixture.Read())->num_rows());
  };
  EXPECT_EQ(where("id BETWEEN 35 AND 41"), std::pair(std::size_t{2}, std::int64_t{7}));
  EXPECT_EQ(where("id = 5 OR id > 98"), std::pair(std::size_t{2}, std::int64_t{2}));
  EXPECT_EQ(where("id <> 5"), std::pair(std::size_t{10}, std::int64_t{99}));
  EXPECT_EQ(where("p = 8"), std::pair(std::size_t{0}, std::int64_t{0}));
  EXPECT_EQ(where("p = 7 AND id IS NULL"), std::pair(std::size_t{0}, std::int64_t{0}));
}

TEST(DataFileTest, SkipsNoRowGroupForAnotherTypeOfItsColumn) {
  // The table's column was widened: what the file says of its own is not asked.
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("id", Named("double"))});
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("id", arrow::int32()), "[1, 2, 3]"}}));
  fixture.plan.filter = predicate::ParseSqlPredicate("id > 1.5");
  const auto table = fixture.Read();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->Equals(*JsonTable({{arrow::field("id", arrow::float64()), "[2, 3]"}})));
}

TEST(DataFileTest, RefusesWhatIsNoParquet) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("id", Named("long"))});
  const std::string good =
      ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), "[1, 2, 3]"}}));
  for (const std::string& bad :
       {std::string("PAR1"), std::string(100, 'x'), good.substr(0, good.size() - 1),
        good.substr(0, 4) + std::string(good.size() - 12, '\xff') + good.substr(good.size() - 8)}) {
    fixture.bytes = bad;
    const auto table = fixture.Read();
    ASSERT_FALSE(table) << bad.size();
    EXPECT_EQ(table.error().kind, ErrorKind::kCorrupt) << table.error().message;
    EXPECT_EQ(table.error().message.find('\n'), std::string::npos);
  }
}

// Every byte of a small file flipped: rows or an error, never a crash.
TEST(DataFileTest, SurvivesDamage) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("id", Named("long")), FieldJson("t", Named("string"))});
  const std::string good =
      ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), "[1, 2]"},
                              {arrow::field("t", arrow::utf8()), R"(["a", null])"}}),
                   {.store_schema = false});
  for (std::size_t at = 0; at < good.size(); ++at) {
    fixture.bytes = good;
    fixture.bytes[at] = static_cast<char>(fixture.bytes[at] ^ 0x55);
    const auto table = fixture.Read();
    if (table) continue;
    EXPECT_NE(table.error().kind, ErrorKind::kInternal) << table.error().message;
  }
}

TEST(DataFileTest, VariantsComeWithTheirPartsInTheTablesOrder) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("v", Named("variant"))});
  const auto metadata = arrow::field("metadata", arrow::binary(), false);
  const auto value = arrow::field("value", arrow::binary(), false);
  fixture.bytes = ParquetBytes(
      JsonTable({{arrow::field("v", arrow::struct_({value, metadata})), R"([["V", "M"], null])"}}));
  const auto table = fixture.Read();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->Equals(*JsonTable(
      {{arrow::field("v", arrow::struct_({metadata, value})), R"([["M", "V"], null])"}})));
  fixture.bytes = ParquetBytes(
      JsonTable({{arrow::field("v", arrow::struct_({metadata})), R"([["M"], null])"}}));
  EXPECT_THAT(fixture.Read().error().message, HasSubstr("a variant without 'value'"));
}

TEST(DataFileTest, ShreddedVariantsArePutTogether) {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("v", Named("variant"))});
  const auto metadata = arrow::field("metadata", arrow::binary(), false);
  const auto value = arrow::field("value", arrow::binary());
  const auto in = [&](const std::shared_ptr<arrow::DataType>& typed, const std::string& json) {
    const auto type = arrow::struct_({metadata, value, arrow::field("typed_value", typed)});
    fixture.bytes = ParquetBytes(JsonTable({{arrow::field("v", type), json}}));
    return fixture.Read(2);
  };
  const auto table = in(arrow::int8(), R"([["\u0001\u0000\u0000", null, 7], null,
                                           ["\u0001\u0000\u0000", "\u0004", null]])");
  ASSERT_TRUE(table) << table.error().message;
  const auto plain = arrow::struct_({metadata, arrow::field("value", arrow::binary(), false)});
  const auto expected = JsonTable({{arrow::field("v", plain),
                                    R"([["\u0001\u0000\u0000", "\u000c\u0007"], null,
                                        ["\u0001\u0000\u0000", "\u0004"]])"}});
  EXPECT_TRUE((*table)->Equals(*expected)) << (*table)->ToString();
  const Error error = in(arrow::uint16(), R"([["M", "V", 1]])").error();
  EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("column 'v': a shredded variant of uint16"));
}

}  // namespace
}  // namespace sluice::client
