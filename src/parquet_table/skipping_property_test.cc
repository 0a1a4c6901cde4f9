// No file that is skipped by what its footer says holds a matching row: random files of several row
// groups, written by Parquet's own writer, random conditions, against each row.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <variant>

#include "delta/file_filter.h"
#include "delta/time_text.h"
#include "parquet_table/open_folder.h"
#include "parquet_table/parquet_test_util.h"
#include "predicate/sql_predicate.h"

namespace sluice::parquet_table {
namespace {

using predicate::CompareOp;
using Kind = predicate::ValueType::Kind;

/// Null, a whole number (of timestamps nanoseconds), a floating one or a text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  Kind literal;
};

const std::vector<TestColumn>& TestColumns() {
  static const std::vector<TestColumn> columns = {
      {"l", arrow::int64(), Kind::kLong},
      {"u", arrow::uint32(), Kind::kLong},
      {"d", arrow::float64(), Kind::kDouble},
      {"s", arrow::utf8(), Kind::kString},
      {"t", arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), Kind::kTimestamp},
      {"m", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), Kind::kTimestamp},
      {"x", arrow::decimal128(20, 3), Kind::kDecimal},
  };
  return columns;
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::int64_t Below(std::int64_t count) {
    return std::uniform_int_distribution<std::int64_t>(0, count - 1)(engine_);
  }

  Value ValueOf(std::size_t column, std::int64_t center) {
    const std::int64_t near = center + Below(6);
    switch (column) {
      case 0:
        return Below(50) == 0 ? std::numeric_limits<std::int64_t>::min() : near - 8;
      case 1:
        return Below(50) == 0 ? std::int64_t{4'294'967'295} : near;
      case 2:
        if (Below(20) == 0) return std::nan("");
        return Below(20) == 0 ? -0.0 : static_cast<double>(near) / 4 - 3;
      case 3:
        return TextNear(near);
      case 4:
        return (near - 8) * 700'000 + Below(3);
      case 5:
        return (near - 8) * 700'000;
      default:
        return near * 1'234'567 - 9'876'543;
    }
  }

 private:
  std::string TextNear(std::int64_t near) {
    std::string text = fmt::format("k{:02}", near);
    const std::string tails[] = {"", "\xC3\xA9", "\xF4\x8F\xBF\xBF", "~\x7F"};
    text += tails[Below(4)];
    if (Below(3) == 0)
      text = std::string(31, 'm') + text + std::string(static_cast<std::size_t>(Below(9)), 'z');
    return text;
  }

  std::mt19937 engine_;
};

std::string LiteralText(std::size_t column, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  const auto whole = std::get<std::int64_t>(value);
  switch (TestColumns()[column].literal) {
    case Kind::kTimestamp: {
      std::string text;
      EXPECT_TRUE(delta::AppendTimestamp(whole / 1'000, true, &text));
      return text;
    }
    case Kind::kDecimal:
      return fmt::format("{}{}.{:03}", whole < 0 ? "-" : "", std::abs(whole) / 1'000,
                         std::abs(whole) % 1'000);
    default:
      return std::to_string(whole);
  }
}

/// Times a reader of the table sees, microseconds.
Value AsRead(std::size_t column, const Value& value) {
  if (column != 4 || value.index() == 0) return value;
  const auto nanos = std::get<std::int64_t>(value);
  return (nanos >= 0 ? nanos / 1'000 : -((-nanos + 999) / 1'000)) * 1'000;
}

bool Matches(const Value& row, CompareOp op, const Value& literal, bool nan_is_greatest) {
  if (row.index() == 0) return false;
  int order = 0;
  if (const auto* number = std::get_if<double>(&row)) {
    const double other = std::get<double>(literal);
    if (std::isnan(*number) && !nan_is_greatest) return op == CompareOp::kNotEqual;
    order = std::isnan(*number) ? 1 : *number < other ? -1 : *number > other ? 1 : 0;
  } else if (const auto* text = std::get_if<std::string>(&row)) {
    order = text->compare(std::get<std::string>(literal));
  } else {
    const auto a = std::get<std::int64_t>(row);
    const auto b = std::get<std::int64_t>(literal);
    order = a < b ? -1 : a > b ? 1 : 0;
  }
  switch (op) {
    case CompareOp::kEqual:
      return order == 0;
    case CompareOp::kNotEqual:
      return order != 0;
    case CompareOp::kLess:
      return order < 0;
    case CompareOp::kLessOrEqual:
      return order <= 0;
    case CompareOp::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

std::shared_ptr<arrow::Array> ToArray(std::size_t column,
                                      const std::vector<std::vector<Value>>& rows) {
  std::unique_ptr<arrow::ArrayBuilder> builder =
      arrow::MakeBuilder(TestColumns()[column].type).ValueOrDie();
  for (const auto& row : rows) {
    const Value& value = row[column];
    std::shared_ptr<arrow::Scalar> scalar = arrow::MakeNullScalar(builder->type());
    if (const auto* text = std::get_if<std::string>(&value)) {
      scalar = std::make_shared<arrow::StringScalar>(*text);
    } else if (const auto* number = std::get_if<double>(&value)) {
      scalar = std::make_shared<arrow::DoubleScalar>(*number);
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      switch (builder->type()->id()) {
        case arrow::Type::UINT32:
          scalar = std::make_shared<arrow::UInt32Scalar>(static_cast<std::uint32_t>(*whole));
          break;
        case arrow::Type::TIMESTAMP:
          scalar = std::make_shared<arrow::TimestampScalar>(column == 4 ? *whole : *whole / 1'000,
                                                            builder->type());
          break;
        case arrow::Type::DECIMAL128:
          scalar =
              std::make_shared<arrow::Decimal128Scalar>(arrow::Decimal128(*whole), builder->type());
          break;
        default:
          scalar = std::make_shared<arrow::Int64Scalar>(*whole);
      }
    }
    EXPECT_TRUE(builder->AppendScalar(*scalar).ok());
  }
  return builder->Finish().ValueOrDie();
}

struct TestFolder {
  std::vector<std::vector<std::vector<Value>>> files;  ///< Rows of values.
  std::shared_ptr<storage::MemoryStore> store = std::make_shared<storage::MemoryStore>();
};

TestFolder MakeFolder(Random* random) {
  TestFolder folder;
  for (int f = 0; f < 30; ++f) {
    std::vector<std::vector<Value>> rows;
    std::vector<std::int64_t> centers;
    for (std::size_t c = 0; c < TestColumns().size(); ++c) centers.push_back(random->Below(18));
    const std::int64_t count = 1 + random->Below(8);
    for (std::int64_t r = 0; r < count; ++r) {
      std::vector<Value> row;
      for (std::size_t c = 0; c < TestColumns().size(); ++c) {
        row.push_back(random->Below(5) == 0 ? Value() : random->ValueOf(c, centers[c]));
      }
      rows.push_back(std::move(row));
    }
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (std::size_t c = 0; c < TestColumns().size(); ++c) {
      fields.push_back(arrow::field(TestColumns()[c].name, TestColumns()[c].type));
      arrays.push_back(ToArray(c, rows));
    }
    FileShape shape;
    shape.group_rows = 1 + random->Below(4);
    const auto bytes = ParquetBytes(arrow::Table::Make(arrow::schema(fields), arrays), shape);
    EXPECT_TRUE(folder.store->Put(fmt::format("f{:03}.parquet", f), bytes, 1));
    folder.files.push_back(std::move(rows));
  }
  return folder;
}

TEST(SkippingProperty, NoSkippedFileHoldsAMatchingRow) {
  std::int64_t judged = 0;
  std::int64_t skipped = 0;
  std::int64_t whole = 0;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    const TestFolder folder = MakeFolder(&random);
    const auto latest = OpenFolder(folder.store, {})->Latest();
    ASSERT_TRUE(latest) << latest.error().message;
    ASSERT_EQ((*latest)->num_files(), 30);
    for (int i = 0; i < 200; ++i) {
      const auto column =
          static_cast<std::size_t>(random.Below(static_cast<std::int64_t>(TestColumns().size())));
      const auto& [name, type, kind] = TestColumns()[column];
      Value literal;
      do {
        literal = AsRead(column, random.ValueOf(column, random.Below(22)));
      } while (std::holds_alternative<double>(literal) && std::isnan(std::get<double>(literal)));
      const CompareOp ops[] = {CompareOp::kEqual,   CompareOp::kNotEqual,
                               CompareOp::kLess,    CompareOp::kLessOrEqual,
                               CompareOp::kGreater, CompareOp::kGreaterOrEqual};
      const CompareOp op = ops[random.Below(6)];
      const auto expression =
          predicate::Compare({{name}, std::nullopt}, op, {LiteralText(column, literal), {kind}});
      const auto filter =
          delta::FileFilter::Bind(*expression, (*latest)->schema(), (*latest)->metadata(), {});
      const auto selection = filter.Select((*latest)->batches().front());
      for (std::size_t f = 0; f < folder.files.size(); ++f) {
        const bool some = delta::GetBit(selection.some, static_cast<std::int64_t>(f));
        const bool every = delta::GetBit(selection.every, static_cast<std::int64_t>(f));
        ++judged;
        skipped += some ? 0 : 1;
        whole += every ? 1 : 0;
        for (const auto& row : folder.files[f]) {
          for (const bool nan_is_greatest : {true, false}) {
            const bool matches = Matches(AsRead(column, row[column]), op, literal, nan_is_greatest);
            ASSERT_TRUE(some || !matches)
                << "skipped f" << f << ": " << predicate::ToSql(*expression) << "\n"
                << (*latest)->batches()[0].files->Row(static_cast<std::int64_t>(f)).stats.value();
            ASSERT_TRUE(!every || matches)
                << "whole f" << f << ": " << predicate::ToSql(*expression);
          }
        }
      }
    }
  }
  // A filter that judged nothing would pass the checks above.
  EXPECT_GT(skipped, judged / 5);
  EXPECT_GT(whole, judged / 50);
}

}  // namespace
}  // namespace sluice::parquet_table
