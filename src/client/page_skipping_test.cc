// Rows that a filter keeps are those of a full read, whatever page indexes and Bloom filters leave
// out: random files, written by Parquet's own writer, random filters, against the filter on all
// rows. And what is left out is not fetched.
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/compute/api_vector.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/file_reader.h>
#include <parquet/page_index.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "client/data_file_fixture.h"
#include "client/deletion_vector_fixture.h"
#include "client/page_index.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using predicate::CompareOp;
using predicate::ExpressionPtr;
using Kind = predicate::ValueType::Kind;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::int64_t Below(std::int64_t count) {
    return std::uniform_int_distribution<std::int64_t>(0, count - 1)(engine_);
  }
  bool OneIn(std::int64_t count) { return Below(count) == 0; }

 private:
  std::mt19937 engine_;
};

/// A column of the table, how its files have it, and how a number becomes its value and literal.
struct TestColumn {
  std::string name;
  std::string delta_type;
  std::shared_ptr<arrow::DataType> file_type;
  Kind literal;
};

const auto kMicros = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");

const std::vector<TestColumn>& TestColumns() {
  static const std::vector<TestColumn> columns = {
      {"k", "long", arrow::int64(), Kind::kLong},
      {"i", "integer", arrow::int32(), Kind::kInt},
      {"w", "long", arrow::int32(), Kind::kLong},  // Widened.
      {"d", "double", arrow::float64(), Kind::kDouble},
      {"f", "float", arrow::float32(), Kind::kDouble},
      {"s", "string", arrow::utf8(), Kind::kString},
      {"t", "timestamp", kMicros, Kind::kTimestamp},
      {"x", "decimal(20,3)", arrow::decimal128(20, 3), Kind::kDecimal},
      {"y", "date", arrow::date32(), Kind::kDate},
      {"b", "boolean", arrow::boolean(), Kind::kBoolean},
      {"n", "long", arrow::int64(), Kind::kLong},  // All null.
  };
  return columns;
}

std::string TextOf(std::int64_t value) {
  std::string text = fmt::format("k{:05}", value + 10'000);
  if (value % 5 == 0) text += "\xC3\xA9";
  if (value % 7 == 0)
    text.insert(0, std::string(static_cast<std::size_t>(std::abs(value % 80)), 'm'));
  return text;
}

/// A number as a value of a column; null where that has none.
std::shared_ptr<arrow::Scalar> ScalarOf(const TestColumn& column, std::int64_t value,
                                        Random* random) {
  const auto& type = column.file_type;
  if (column.name == "n" || random->OneIn(12)) return arrow::MakeNullScalar(type);
  switch (type->id()) {
    case arrow::Type::INT64:
      return arrow::MakeScalar(value);
    case arrow::Type::INT32:
      return arrow::MakeScalar(static_cast<std::int32_t>(value));
    case arrow::Type::DOUBLE:
      if (random->OneIn(60)) return arrow::MakeScalar(std::nan(""));
      if (random->OneIn(60)) return arrow::MakeScalar(-0.0);
      return arrow::MakeScalar(static_cast<double>(value) / 4);
    case arrow::Type::FLOAT:
      if (random->OneIn(60)) return arrow::MakeScalar(std::nanf(""));
      return arrow::MakeScalar(static_cast<float>(value) / 4);
    case arrow::Type::STRING:
      return std::make_shared<arrow::StringScalar>(TextOf(value));
    case arrow::Type::TIMESTAMP:
      return std::make_shared<arrow::TimestampScalar>(value * 700, type);
    case arrow::Type::DECIMAL128:
      return std::make_shared<arrow::Decimal128Scalar>(arrow::Decimal128(value * 1'250), type);
    case arrow::Type::DATE32:
      return std::make_shared<arrow::Date32Scalar>(static_cast<std::int32_t>(value));
    default:
      return arrow::MakeScalar(value % 3 == 0);
  }
}

predicate::Literal LiteralOf(const TestColumn& column, std::int64_t value) {
  const auto text = [&]() -> std::string {
    switch (column.literal) {
      case Kind::kDouble:
        return fmt::format("{}", static_cast<double>(value) / 4);
      case Kind::kString:
        return TextOf(value);
      case Kind::kTimestamp:
        return fmt::format("1970-01-0{} 00:00:00.{:06}", 1, std::abs(value) * 700 % 1'000'000);
      case Kind::kDecimal:
        return fmt::format("{}", static_cast<double>(value) * 1.25);
      case Kind::kDate:
        return fmt::format("1970-{:02}-{:02}", std::abs(value) / 28 % 12 + 1,
                           std::abs(value) % 28 + 1);
      case Kind::kBoolean:
        return value % 2 == 0 ? "true" : "false";
      default:
        return std::to_string(value);
    }
  }();
  return {text, {column.literal}};
}

/// Values rise over the rows, now and then by a jump; stretches of a column are null.
std::shared_ptr<arrow::Array> MakeArray(const TestColumn& column, std::int64_t rows,
                                        Random* random) {
  const auto builder = arrow::MakeBuilder(column.file_type).ValueOrDie();
  const std::int64_t nulls_from = random->Below(rows);
  const std::int64_t nulls_to = nulls_from + random->Below(rows / 4);
  const bool shuffled = random->OneIn(4);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t value = shuffled ? random->Below(rows) : row + random->Below(9);
    const auto scalar = row >= nulls_from && row < nulls_to
                            ? arrow::MakeNullScalar(column.file_type)
                            : ScalarOf(column, value - rows / 2, random);
    EXPECT_TRUE(builder->AppendScalar(*scalar).ok());
  }
  return builder->Finish().ValueOrDie();
}

/// Columns of lists and structs, the latter with a field that is also compared.
std::shared_ptr<arrow::Array> MakeStructs(std::int64_t rows, Random* random) {
  const auto ids = MakeArray(TestColumns()[0], rows, random);
  const auto texts = MakeArray(TestColumns()[5], rows, random);
  std::shared_ptr<arrow::Buffer> valid = arrow::AllocateBitmap(rows).ValueOrDie();
  for (std::int64_t i = 0; i < rows; ++i) {
    arrow::bit_util::SetBitTo(valid->mutable_data(), i, !random->OneIn(20));
  }
  return arrow::StructArray::Make(
             {ids, texts}, {arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())},
             valid)
      .ValueOrDie();
}

std::shared_ptr<arrow::Array> MakeLists(std::int64_t rows, Random* random) {
  const auto values = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), values);
  for (std::int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(random->OneIn(10) ? builder.AppendNull().ok() : builder.Append().ok());
    for (std::int64_t j = random->Below(4); j > 0 && builder.null_count() < i; --j) {
      EXPECT_TRUE(values->Append(i + j).ok());
    }
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<parquet::WriterProperties> WriterOf(std::int64_t rows, Random* random) {
  parquet::WriterProperties::Builder builder;
  builder.enable_write_page_index();
  builder.max_row_group_length(rows / (1 + random->Below(3)) + 1);
  builder.write_batch_size(1 + random->Below(40));
  builder.data_pagesize(50 + random->Below(600));
  if (random->OneIn(2)) builder.data_page_version(parquet::ParquetDataPageVersion::V2);
  if (random->OneIn(2)) builder.disable_dictionary();
  if (random->OneIn(2)) builder.compression(parquet::Compression::ZSTD);
  if (random->OneIn(3)) builder.max_statistics_size(16);
  for (const TestColumn& column : TestColumns()) {
    if (column.literal == Kind::kBoolean || random->OneIn(2)) continue;
    builder.enable_bloom_filter(column.name, parquet::BloomFilterOptions{});
  }
  return builder.build();
}

struct TestFile {
  DataFileFixture fixture;
  std::int64_t rows = 0;
};

/// With names of its own for the columns of the file where `mapped`.
TestFile MakeFile(unsigned seed, bool mapped) {
  Random random(seed);
  TestFile file;
  file.rows = 200 + random.Below(1'500);
  std::vector<std::string> fields;
  arrow::FieldVector file_fields;
  arrow::ArrayVector arrays;
  const auto add = [&](const std::string& name, const std::string& type,
                       std::shared_ptr<arrow::Array> array) {
    const std::string physical = mapped ? "col-" + name : name;
    fields.push_back(FieldJson(
        name, type,
        mapped ? fmt::format(R"({{"delta.columnMapping.id":{},"delta.columnMapping.physicalName":)"
                             R"("{}"}})",
                             fields.size() + 1, physical)
               : "{}"));
    file_fields.push_back(arrow::field(physical, array->type()));
    arrays.push_back(std::move(array));
  };
  for (const TestColumn& column : TestColumns()) {
    add(column.name, Named(column.delta_type), MakeArray(column, file.rows, &random));
  }
  if (!mapped) {
    add("st", SchemaJson({FieldJson("a", Named("long")), FieldJson("b", Named("string"))}),
        MakeStructs(file.rows, &random));
  }
  add("li", R"({"type":"array","elementType":"long","containsNull":true})",
      MakeLists(file.rows, &random));
  file.fixture.table = Described(fields);
  if (mapped) {
    file.fixture.table.metadata.configuration = {{"delta.columnMapping.mode", "name"}};
  }
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto table = arrow::Table::Make(arrow::schema(file_fields), arrays);
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, file.rows,
                                         WriterOf(file.rows, &random))
                  .ok());
  file.fixture.bytes = sink->Finish().ValueOrDie()->ToString();
  return file;
}

ExpressionPtr RandomCondition(std::int64_t rows, bool nested, Random* random) {
  const auto at = static_cast<std::size_t>(random->Below(TestColumns().size()));
  const TestColumn& column = TestColumns()[at];
  predicate::Column named{{column.name}, std::nullopt};
  // The first column is also a field of the struct.
  if (nested && at == 0 && random->OneIn(2)) named.path = {"st", "a"};
  const auto literal = [&] { return LiteralOf(column, random->Below(rows * 5 / 4) - rows / 2); };
  switch (random->Below(8)) {
    case 0:
      return predicate::IsNull(named);
    case 1:
      return predicate::In(named, {literal(), literal(), literal()});
    case 2:
      return predicate::In(named, {literal(), {std::nullopt, {column.literal}}});
    default:
      break;
  }
  const CompareOp ops[] = {CompareOp::kEqual,         CompareOp::kEqual,
                           CompareOp::kNullSafeEqual, CompareOp::kNotEqual,
                           CompareOp::kLess,          CompareOp::kLessOrEqual,
                           CompareOp::kGreater,       CompareOp::kGreaterOrEqual};
  return predicate::Compare(named, ops[random->Below(8)], literal());
}

ExpressionPtr RandomFilter(std::int64_t rows, bool nested, int depth, Random* random) {
  if (depth == 0 || random->OneIn(3)) return RandomCondition(rows, nested, random);
  const auto child = [&] { return RandomFilter(rows, nested, depth - 1, random); };
  switch (random->Below(5)) {
    case 0:
      return predicate::Not(child());
    case 1:
    case 2:
      return predicate::Or({child(), child()});
    default:
      return predicate::And({child(), child()});
  }
}

std::shared_ptr<arrow::Table> Filtered(const std::shared_ptr<arrow::Table>& all,
                                       const TableInfo& table, const ExpressionPtr& filter) {
  const auto fields = SchemaOf(table.metadata)->fields;
  const auto bound = RowFilter::Bind(*filter, fields);
  EXPECT_TRUE(bound) << bound.error().message;
  arrow::ArrayVector columns;
  for (const auto& column : all->columns()) columns.push_back(column->chunk(0));
  const auto matches = (*bound)->Matches(columns, all->num_rows());
  EXPECT_TRUE(matches);
  return arrow::compute::Filter(arrow::Datum(all), arrow::Datum(*matches)).ValueOrDie().table();
}

TEST(PageSkippingProperty, RowsKeptAreThoseOfAFullRead) {
  std::int64_t read = 0;
  std::int64_t all_rows = 0;
  for (unsigned seed = 1; seed <= 16; ++seed) {
    const bool mapped = seed % 4 == 0;
    TestFile file = MakeFile(seed, mapped);
    Random random(seed + 1'000);
    if (seed % 3 == 0) {
      RowNumbers deleted;
      for (std::int64_t row = 0; row < file.rows; ++row) {
        if (random.OneIn(9)) deleted.push_back(static_cast<std::uint32_t>(row));
      }
      file.fixture.rows = RowSelection{Deleted(deleted)};
    }
    auto all = file.fixture.Read(file.rows);
    ASSERT_TRUE(all) << all.error().message;
    all = (*all)->CombineChunks().ValueOrDie();
    for (int i = 0; i < 40; ++i) {
      file.fixture.plan.filter = RandomFilter(file.rows, !mapped, 2, &random);
      const auto kept = file.fixture.Read(1 + random.Below(300));
      const std::string sql = predicate::ToSql(*file.fixture.plan.filter);
      ASSERT_TRUE(kept) << seed << ": " << sql << "\n" << kept.error().message;
      const auto expected = Filtered(*all, file.fixture.table, file.fixture.plan.filter);
      ASSERT_TRUE((*kept)->CombineChunks().ValueOrDie()->Equals(
          *expected, arrow::EqualOptions::Defaults().nans_equal(true)))
          << seed << ": " << sql << "\n"
          << (*kept)->num_rows() << " rows, not " << expected->num_rows();
      const auto opened = file.fixture.Open();
      for (const FileUnit& unit : opened->units()) read += unit.read_rows;
      all_rows += file.rows;
    }
  }
  // Pages are small and many conditions narrow: without skipping this would be all.
  EXPECT_LT(read, all_rows * 3 / 4);
}

/// An i32 or i64 of Thrift's compact protocol.
std::string Varint(std::int64_t value) {
  std::string out;
  auto left = static_cast<std::uint64_t>(value) << 1;
  for (; left > 0x7F; left >>= 7) out.push_back(static_cast<char>((left & 0x7F) | 0x80));
  out.push_back(static_cast<char>(left));
  return out;
}

/// The file as writers leave it whose footer says where Bloom filters begin, and not their length.
std::string WithoutBloomLengths(const std::string& file) {
  const auto metadata = parquet::ReadMetaData(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(file)));
  const std::size_t begin = file.size() - 8 - metadata->size();
  std::string footer = file.substr(begin, metadata->size());
  for (int group = 0; group < metadata->num_row_groups(); ++group) {
    for (int leaf = 0; leaf < metadata->num_columns(); ++leaf) {
      const auto chunk = metadata->RowGroup(group)->ColumnChunk(leaf);
      const auto offset = chunk->bloom_filter_offset();
      if (!offset) continue;
      // Field 15, an i32, stands behind field 14, which is the offset.
      const std::string length = "\x15" + Varint(*chunk->bloom_filter_length());
      const std::size_t at = footer.find(Varint(*offset) + length);
      EXPECT_NE(at, std::string::npos);
      footer.erase(at + Varint(*offset).size(), length.size());
    }
  }
  std::string out = file.substr(0, begin) + footer;
  for (std::size_t i = 0; i < 4; ++i) out.push_back(static_cast<char>(footer.size() >> (8 * i)));
  return out + "PAR1";
}

/// 5 row groups of 200,000 rows in pages of 20,000: rising ids, texts that do not compress, and a
/// struct of both.
struct LargeFile {
  DataFileFixture fixture;

  explicit LargeFile(bool indexes) {
    constexpr std::int64_t kRows = 1'000'000;
    arrow::Int64Builder ids;
    arrow::Int64Builder keys;
    arrow::FixedSizeBinaryBuilder texts(arrow::fixed_size_binary(16));
    arrow::BinaryBuilder fields;
    std::mt19937_64 engine(7);
    for (std::int64_t i = 0; i < kRows; ++i) {
      const std::uint64_t noise[2] = {engine(), engine()};
      EXPECT_TRUE(ids.Append(i).ok());
      EXPECT_TRUE(keys.Append(i * 7'919 % kRows * 2).ok());  // Even, in no order.
      EXPECT_TRUE(texts.Append(reinterpret_cast<const char*>(noise)).ok());
      EXPECT_TRUE(fields.Append(reinterpret_cast<const char*>(noise), 16).ok());
    }
    const auto id = ids.Finish().ValueOrDie();
    const auto noise = texts.Finish().ValueOrDie();
    const auto both = arrow::StructArray::Make(arrow::ArrayVector{id, fields.Finish().ValueOrDie()},
                                               std::vector<std::string>{"a", "b"})
                          .ValueOrDie();
    const auto table = arrow::Table::Make(
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("key", arrow::int64()),
                       arrow::field("noise", arrow::fixed_size_binary(16)),
                       arrow::field("st", both->type())}),
        {id, keys.Finish().ValueOrDie(), noise, both});
    parquet::WriterProperties::Builder properties;
    properties.disable_dictionary();
    if (indexes) {
      properties.enable_write_page_index();
      properties.enable_bloom_filter("key", parquet::BloomFilterOptions{});
    } else {
      properties.disable_write_page_index();
    }
    const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, kRows / 5,
                                           properties.max_row_group_length(kRows / 5)->build())
                    .ok());
    fixture.bytes = sink->Finish().ValueOrDie()->ToString();
    fixture.table = Described({FieldJson("id", Named("long")), FieldJson("key", Named("long")),
                               FieldJson("noise", Named("binary")),
                               FieldJson("st", SchemaJson({FieldJson("a", Named("long")),
                                                           FieldJson("b", Named("binary"))}))});
  }

  struct Read {
    std::shared_ptr<arrow::Table> rows;
    std::int64_t bytes = 0;
  };
  Read Where(const std::string& sql) {
    fixture.plan.filter = predicate::ParseSqlPredicate(sql);
    fixture.fetches.clear();
    Read out;
    const auto rows = fixture.Read(65'536);
    EXPECT_TRUE(rows) << rows.error().message;
    if (rows) out.rows = (*rows)->CombineChunks().ValueOrDie();
    for (const auto& [begin, length] : fixture.fetches) out.bytes += length;
    return out;
  }
};

TEST(PageSkippingTest, PagesThatCannotMatchAreNotFetched) {
  LargeFile indexed(true);
  LargeFile plain(false);
  for (const std::string sql :
       {"id = 123456", "id BETWEEN 219990 AND 220010", "id < 5 OR id > 999990",
        "id IN (250000, 390000)", "st.a = 123456"}) {
    const auto few = indexed.Where(sql);
    const auto more = plain.Where(sql);
    EXPECT_GT(few.rows->num_rows(), 0);
    EXPECT_TRUE(few.rows->Equals(*more.rows)) << sql;
    EXPECT_LT(few.bytes * 4, more.bytes) << sql;
  }
}

TEST(PageSkippingTest, PagesOfFieldsThatEndApartAreReadTogether) {
  const auto chunk = [](std::vector<std::int64_t> first_rows) {
    ChunkPages out;
    for (const std::int64_t row : first_rows) out.pages.push_back({row, 1, row});
    out.rows = 100;
    return out;
  };
  const RowRanges some{{25, 26}};
  EXPECT_EQ(WholePages({chunk({0, 20, 40})}, some), (RowRanges{{20, 40}}));
  EXPECT_EQ(WholePages({chunk({0, 20, 40}), chunk({0, 30, 40})}, some), (RowRanges{{0, 40}}));
  EXPECT_EQ(WholePages({chunk({0, 20, 50}), chunk({0, 20, 40, 50})}, some), (RowRanges{{20, 50}}));
  // Each step takes in one page more.
  std::vector<std::int64_t> odd{0};
  std::vector<std::int64_t> even{0};
  for (std::int64_t row = 1; row < 100; ++row) (row % 2 == 0 ? even : odd).push_back(row);
  EXPECT_EQ(WholePages({chunk(odd), chunk(even)}, some), (RowRanges{{0, 100}}));
}

TEST(PageSkippingTest, RowGroupsWithoutTheValueAreNotFetched) {
  LargeFile indexed(true);
  LargeFile plain(false);
  // Odd, so nowhere, and between the bounds of every page.
  const auto none = indexed.Where("key = 1000001");
  const auto more = plain.Where("key = 1000001");
  EXPECT_EQ(none.rows->num_rows(), 0);
  EXPECT_EQ(more.rows->num_rows(), 0);
  EXPECT_LT(none.bytes * 3, more.bytes);
  const auto one = indexed.Where("key = 1000000");
  EXPECT_EQ(one.rows->num_rows(), 1);
  EXPECT_LT(one.bytes * 2, more.bytes);
  // Where each filter ends is found out without a request more.
  const std::size_t fetches = indexed.fixture.fetches.size();
  indexed.fixture.bytes = WithoutBloomLengths(indexed.fixture.bytes);
  EXPECT_TRUE(indexed.Where("key = 1000000").rows->Equals(*one.rows));
  EXPECT_EQ(indexed.fixture.fetches.size(), fetches);
  const auto still_none = indexed.Where("key = 1000001");
  EXPECT_EQ(still_none.rows->num_rows(), 0);
  EXPECT_LT(still_none.bytes * 3, more.bytes);
}

TEST(PageSkippingTest, AnIndexThatLiesIsFoundOut) {
  LargeFile indexed(true);
  const auto right = indexed.Where("st.a = 123456");
  ASSERT_EQ(right.rows->num_rows(), 1);
  const std::string whole = indexed.fixture.bytes;
  const auto metadata = parquet::ReadMetaData(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(whole)));
  const std::int64_t begin =
      metadata->RowGroup(0)->ColumnChunk(0)->GetColumnIndexLocation()->offset;
  const auto last = *metadata->RowGroup(4)->ColumnChunk(4)->GetOffsetIndexLocation();
  std::mt19937 engine(3);
  std::set<std::string> outcomes;
  for (int i = 0; i < 200; ++i) {
    indexed.fixture.bytes = whole;
    const std::int64_t at =
        begin + static_cast<std::int64_t>(engine()) % (last.offset + last.length - begin);
    indexed.fixture.bytes[static_cast<std::size_t>(at)] ^= static_cast<char>(1 + engine() % 255);
    const auto rows = indexed.fixture.Read(65'536);
    outcomes.insert(rows ? "rows" : "error");
    if (!rows || (*rows)->num_rows() == 0) continue;
    EXPECT_TRUE((*rows)->CombineChunks().ValueOrDie()->Equals(*right.rows)) << at;
  }
  EXPECT_THAT(outcomes, ::testing::ElementsAre("error", "rows"));
}

}  // namespace
}  // namespace sluice::client
