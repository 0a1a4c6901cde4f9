// No skipped file holds a matching row, and a file marked whole holds no other: random tables,
// statistics as writers make them, random predicates, against a judge of single rows.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "base/encoding.h"
#include "delta/file_filter.h"
#include "delta/filter_test_util.h"
#include "predicate/sql_predicate.h"

namespace sluice::delta {
namespace {

using predicate::CompareOp;
using predicate::ExpressionPtr;
using predicate::ValueType;
using Kind = ValueType::Kind;

/// A value of a row: nothing for null. Dates are days, timestamps microseconds, decimals digits.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
using Row = std::vector<Value>;
/// SQL's true, false and null.
using Ternary = std::optional<bool>;

struct TestColumn {
  std::string name;
  std::string type;
  Kind kind = Kind::kLong;
  int scale = 0;
};

const std::vector<TestColumn>& Columns() {
  static const std::vector<TestColumn> columns = {
      {"l", "long", Kind::kLong},
      {"i", "integer", Kind::kInt},
      {"d", "double", Kind::kDouble},
      {"f", "float", Kind::kFloat},
      {"s", "string", Kind::kString},
      {"b", "boolean", Kind::kBoolean},
      {"dt", "date", Kind::kDate},
      {"t", "timestamp", Kind::kTimestamp},
      {"n", "timestamp_ntz", Kind::kTimestampNtz},
      {"m", "decimal(10,2)", Kind::kDecimal, 2},
      {"w", "decimal(30,4)", Kind::kDecimal, 4},
      {"ps", "string", Kind::kString},
      {"pi", "integer", Kind::kInt},
      {"pd", "date", Kind::kDate},
      {"pt", "timestamp", Kind::kTimestamp},
      {"pf", "double", Kind::kDouble},
  };
  return columns;
}
constexpr std::size_t kFirstPartition = 11;

bool IsNull(const Value& value) {
  return value.index() == 0;
}

/// How an engine orders floating numbers: Spark has NaN as the greatest, others compare it to
/// nothing.
enum class NaNs { kGreatest, kUnordered };

Ternary CompareValues(const Value& a, CompareOp op, const Value& b, NaNs nans) {
  if (op == CompareOp::kNullSafeEqual) {
    if (IsNull(a) || IsNull(b)) return IsNull(a) && IsNull(b);
    return CompareValues(a, CompareOp::kEqual, b, nans);
  }
  if (IsNull(a) || IsNull(b)) return std::nullopt;
  int order = 0;
  if (const auto* x = std::get_if<double>(&a)) {
    const double y = std::get<double>(b);
    if (std::isnan(*x) && nans == NaNs::kUnordered) return op == CompareOp::kNotEqual;
    order = std::isnan(*x) ? 1 : *x < y ? -1 : *x > y ? 1 : 0;
  } else if (const auto* text = std::get_if<std::string>(&a)) {
    order = text->compare(std::get<std::string>(b));
  } else {
    const auto x = std::get<std::int64_t>(a);
    const auto y = std::get<std::int64_t>(b);
    order = x < y ? -1 : x > y ? 1 : 0;
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

std::string TimeText(std::int64_t micros, char between, bool with_zone) {
  const std::int64_t seconds = micros / 1'000'000 - (micros % 1'000'000 < 0 ? 1 : 0);
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:06}{}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, between, parts.tm_hour, parts.tm_min,
                     parts.tm_sec, micros - seconds * 1'000'000, with_zone ? "Z" : "");
}

std::string DigitsText(std::int64_t digits, int scale) {
  const std::int64_t power = scale == 2 ? 100 : 10'000;
  const std::int64_t size = digits < 0 ? -digits : digits;
  return fmt::format("{}{}.{:0{}}", digits < 0 ? "-" : "", size / power, size % power, scale);
}

/// The text of a value, as literals and partition values have it.
std::string TextOf(const TestColumn& column, const Value& value) {
  switch (column.kind) {
    case Kind::kString:
      return std::get<std::string>(value);
    case Kind::kBoolean:
      return std::get<std::int64_t>(value) != 0 ? "true" : "false";
    case Kind::kDate:
      return TimeText(std::get<std::int64_t>(value) * 86'400'000'000, ' ', false).substr(0, 10);
    case Kind::kTimestamp:
      return TimeText(std::get<std::int64_t>(value), 'T', true);
    case Kind::kTimestampNtz:
      return TimeText(std::get<std::int64_t>(value), ' ', false);
    case Kind::kDecimal:
      return DigitsText(std::get<std::int64_t>(value), column.scale);
    case Kind::kFloat:
      return fmt::format("{}", static_cast<float>(std::get<double>(value)));
    case Kind::kDouble:
      return fmt::format("{}", std::get<double>(value));
    default:
      return fmt::format("{}", std::get<std::int64_t>(value));
  }
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::int64_t Below(std::int64_t count) {
    return std::uniform_int_distribution<std::int64_t>(0, count - 1)(engine_);
  }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename T>
  const T& Pick(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(Below(static_cast<std::int64_t>(values.size())))];
  }

  /// Around `center`, so that files differ.
  Value ValueOf(const TestColumn& column, std::int64_t center) {
    const std::int64_t near = center + Below(8);
    switch (column.kind) {
      case Kind::kBoolean:
        return Below(2);
      case Kind::kInt:
        if (OneIn(40)) return Pick<std::int64_t>({INT32_MIN, INT32_MAX});
        return near;
      case Kind::kLong:
        if (OneIn(40)) return Pick<std::int64_t>({INT64_MIN, INT64_MAX, (1LL << 53) + 1});
        return near;
      case Kind::kDate:
        return near * 100 - 500;
      case Kind::kTimestamp:
      case Kind::kTimestampNtz:
        return near * 500 + Below(3) * 1'000'000'000'000 - 7'000'000'000;
      case Kind::kDecimal:
        if (column.scale == 4 && OneIn(5)) return 123'456'789'012'345'670 + near;
        return near * 7 - 40;
      case Kind::kFloat:
        return static_cast<double>(static_cast<float>(FloatingOf(near)));
      case Kind::kDouble:
        return FloatingOf(near);
      default:
        return TextNear(near);
    }
  }

 private:
  double FloatingOf(std::int64_t near) {
    if (OneIn(30)) {
      return Pick<double>({NAN, INFINITY, -INFINITY, 0.0, -0.0, 0.1});
    }
    return static_cast<double>(near) / 3 - 5;
  }

  std::string TextNear(std::int64_t near) {
    std::string text = fmt::format("k{:03}", near + 100);
    if (OneIn(4)) text += Pick<std::string>({"\xEF\xBF\xBD", "\xF0\x9F\x98\x80", "é", "~", "\x7F"});
    if (OneIn(4))
      text = std::string(30, 'm') + text + std::string(static_cast<std::size_t>(Below(30)), 'z');
    if (OneIn(12)) text = Pick<std::string>({"a'\\b", "\n", "%", "Z"});
    return text;
  }

  std::mt19937 engine_;
};

/// How a writer makes statistics.
struct Writer {
  bool nan_is_greatest = true;  ///< Else NaN is left out.
  int cut_texts = 32;           ///< Characters; 0: whole.
  bool round_up = true;         ///< A cut maximum; else it is only cut.
  bool cut_times = true;        ///< To milliseconds.
  bool wide = false;            ///< Bounds of more rows than there are.
  bool null_counts = true;
  bool decimals_through_double = false;
};

std::string CutText(const std::string& text, int characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (characters-- == 0) break;
  }
  return text.substr(0, at);
}

std::string StatText(const TestColumn& column, const Value& value, const Writer& writer,
                     bool is_max) {
  std::string out;
  switch (column.kind) {
    case Kind::kString: {
      std::string text = std::get<std::string>(value);
      if (writer.cut_texts > 0) {
        const std::string cut = CutText(text, writer.cut_texts);
        if (is_max && writer.round_up && cut.size() < text.size()) {
          text = cut + "\xF4\x8F\xBF\xBF";
        } else {
          text = cut;
        }
      }
      AppendJsonString(text, &out);
      return out;
    }
    case Kind::kTimestamp:
    case Kind::kTimestampNtz: {
      auto text = TimeText(std::get<std::int64_t>(value), 'T', false);
      if (writer.cut_times) text.resize(text.size() - 3);
      return fmt::format("\"{}{}\"", text, column.kind == Kind::kTimestamp ? "Z" : "");
    }
    case Kind::kDate:
      return fmt::format("\"{}\"", TextOf(column, value));
    case Kind::kFloat:
    case Kind::kDouble: {
      const double number = std::get<double>(value);
      if (std::isnan(number)) return "\"NaN\"";
      if (std::isinf(number)) return number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
      return TextOf(column, value);
    }
    case Kind::kDecimal:
      if (writer.decimals_through_double) {
        return fmt::format("{}", static_cast<double>(std::get<std::int64_t>(value)) /
                                     (column.scale == 2 ? 100 : 10'000));
      }
      return TextOf(column, value);
    default:
      return TextOf(column, value);
  }
}

/// The statistics of rows, some of which may be gone since.
std::string MakeStats(const std::vector<Row>& rows, const Writer& writer, Random* random) {
  std::string min;
  std::string max;
  std::string nulls;
  for (std::size_t c = 0; c < kFirstPartition; ++c) {
    const TestColumn& column = Columns()[c];
    if (random->OneIn(10)) continue;
    int null_count = 0;
    std::optional<Value> least;
    std::optional<Value> most;
    for (const Row& row : rows) {
      if (IsNull(row[c])) {
        ++null_count;
        continue;
      }
      const auto* number = std::get_if<double>(&row[c]);
      if (number != nullptr && std::isnan(*number) && !writer.nan_is_greatest) continue;
      const auto less = [](const Value& a, const Value& b) {
        if (const auto* x = std::get_if<double>(&a)) {
          const double y = std::get<double>(b);
          return std::isnan(y) ? !std::isnan(*x) : *x < y;
        }
        return a < b;
      };
      if (!least || less(row[c], *least)) least = row[c];
      if (!most || less(*most, row[c])) most = row[c];
    }
    const auto add = [&](std::string* to, const std::string& text) {
      *to += fmt::format("{}\"{}\":{}", to->empty() ? "" : ",", column.name, text);
    };
    if (writer.null_counts) add(&nulls, fmt::format("{}", null_count));
    if (least && column.kind != Kind::kBoolean) {
      add(&min, StatText(column, *least, writer, false));
      add(&max, StatText(column, *most, writer, true));
    }
  }
  return fmt::format(
      R"({{"numRecords":{},"tightBounds":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{{}}}}})",
      rows.size(), !writer.wide, min, max, nulls);
}

struct TestFile {
  std::vector<Row> rows;
  AddFile add;
};

std::vector<TestFile> MakeFiles(Random* random) {
  std::vector<TestFile> files;
  const std::int64_t count = 20 + random->Below(60);
  for (std::int64_t f = 0; f < count; ++f) {
    TestFile file;
    std::vector<std::int64_t> centers;
    std::vector<int> null_odds;
    for (std::size_t c = 0; c < Columns().size(); ++c) {
      centers.push_back(random->Below(20) - 8);
      null_odds.push_back(random->Pick<int>({1, 3, 1'000'000, 1'000'000}));
    }
    Row partition;
    for (std::size_t c = kFirstPartition; c < Columns().size(); ++c) {
      const TestColumn& column = Columns()[c];
      Value value = random->OneIn(6) ? Value() : random->ValueOf(column, centers[c]);
      PartitionValue logged{column.name, std::nullopt};
      if (!IsNull(value)) logged.second = TextOf(column, value);
      file.add.partition_values.push_back(std::move(logged));
      partition.push_back(std::move(value));
    }
    const std::int64_t rows = 1 + random->Below(6);
    for (std::int64_t r = 0; r < rows; ++r) {
      Row row;
      for (std::size_t c = 0; c < kFirstPartition; ++c) {
        row.push_back(random->OneIn(null_odds[c]) ? Value()
                                                  : random->ValueOf(Columns()[c], centers[c]));
      }
      row.insert(row.end(), partition.begin(), partition.end());
      file.rows.push_back(std::move(row));
    }
    Writer writer;
    writer.nan_is_greatest = random->OneIn(2);
    writer.cut_texts = random->Pick<int>({0, 32, 32});
    writer.round_up = random->OneIn(2);
    writer.cut_times = !random->OneIn(3);
    writer.null_counts = !random->OneIn(5);
    writer.decimals_through_double = random->OneIn(3);
    writer.wide = random->OneIn(4);
    file.add.path = fmt::format("f{}", f);
    if (!random->OneIn(12)) file.add.stats = MakeStats(file.rows, writer, random);
    // Some rows were deleted since, and the statistics stayed.
    if (writer.wide && file.rows.size() > 1) file.rows.resize(1);
    files.push_back(std::move(file));
  }
  return files;
}

/// A predicate, and what it says of one row.
struct Tested {
  ExpressionPtr expression;
  std::function<Ternary(const Row&, NaNs)> judge;
};

class PredicateMaker {
 public:
  explicit PredicateMaker(Random* random) : random_(*random) {}

  Tested Make(int depth) {
    if (depth == 0 || random_.OneIn(4)) return MakeLeaf();
    switch (random_.Below(3)) {
      case 0: {
        Tested child = Make(depth - 1);
        return {predicate::Not(child.expression), [child](const Row& row, NaNs nans) -> Ternary {
                  const Ternary value = child.judge(row, nans);
                  return value ? Ternary(!*value) : value;
                }};
      }
      case 1:
        return Junction(depth, true);
      default:
        return Junction(depth, false);
    }
  }

 private:
  Tested Junction(int depth, bool is_and) {
    std::vector<Tested> children;
    std::vector<ExpressionPtr> expressions;
    const std::int64_t count = 2 + random_.Below(2);
    for (std::int64_t i = 0; i < count; ++i) {
      children.push_back(Make(depth - 1));
      expressions.push_back(children.back().expression);
    }
    return {is_and ? predicate::And(expressions) : predicate::Or(expressions),
            [children, is_and](const Row& row, NaNs nans) -> Ternary {
              bool null = false;
              for (const auto& child : children) {
                const Ternary value = child.judge(row, nans);
                if (!value) {
                  null = true;
                } else if (*value != is_and) {
                  return !is_and;
                }
              }
              if (null) return std::nullopt;
              return is_and;
            }};
  }

  /// A literal of the column's type, and at times of another type that says the same.
  predicate::Literal LiteralOf(const TestColumn& column, Value* value) {
    do {
      *value = random_.ValueOf(column, random_.Below(24) - 10);
    } while (std::holds_alternative<double>(*value) && std::isnan(std::get<double>(*value)));
    ValueType type{column.kind};
    if (column.kind == Kind::kInt && random_.OneIn(2)) type.kind = Kind::kLong;
    if (column.kind == Kind::kDate && random_.OneIn(2)) type.kind = Kind::kString;
    if (column.kind == Kind::kTimestampNtz && random_.OneIn(2)) type.kind = Kind::kString;
    return {TextOf(column, *value), type};
  }

  Tested MakeLeaf() {
    const auto c =
        static_cast<std::size_t>(random_.Below(static_cast<std::int64_t>(Columns().size())));
    const TestColumn& column = Columns()[c];
    const predicate::Column name{{column.name}, std::nullopt};
    switch (random_.Below(6)) {
      case 0:
        return {predicate::IsNull(name),
                [c](const Row& row, NaNs) -> Ternary { return IsNull(row[c]); }};
      case 1:
        return MakeIn(c, name);
      case 2:
        if (column.kind == Kind::kString) return MakePrefix(c, name);
        break;
      default:
        break;
    }
    const auto op = static_cast<CompareOp>(random_.Below(7));
    Value value;
    auto literal = LiteralOf(column, &value);
    if (random_.OneIn(15)) {
      literal.text.reset();
      value = Value();
    }
    return {predicate::Compare(name, op, literal), [c, op, value](const Row& row, NaNs nans) {
              return CompareValues(row[c], op, value, nans);
            }};
  }

  Tested MakeIn(std::size_t c, const predicate::Column& name) {
    std::vector<predicate::Literal> literals;
    std::vector<Value> values;
    const std::int64_t count = 1 + random_.Below(5);
    for (std::int64_t i = 0; i < count; ++i) {
      Value value;
      literals.push_back(LiteralOf(Columns()[c], &value));
      if (random_.OneIn(10)) {
        literals.back().text.reset();
        value = Value();
      }
      values.push_back(std::move(value));
    }
    return {predicate::In(name, literals), [c, values](const Row& row, NaNs nans) -> Ternary {
              bool null = false;
              for (const Value& value : values) {
                const Ternary equal = CompareValues(row[c], CompareOp::kEqual, value, nans);
                if (equal && *equal) return true;
                null = null || !equal;
              }
              if (null) return std::nullopt;
              return false;
            }};
  }

  Tested MakePrefix(std::size_t c, const predicate::Column& name) {
    Value value = random_.ValueOf(Columns()[c], random_.Below(24) - 10);
    std::string prefix = std::get<std::string>(value);
    prefix = CutText(prefix, static_cast<int>(random_.Below(36)));
    return {predicate::HasPrefix(name, prefix), [c, prefix](const Row& row, NaNs) -> Ternary {
              if (IsNull(row[c])) return std::nullopt;
              return std::get<std::string>(row[c]).starts_with(prefix);
            }};
  }

  Random& random_;
};

void CheckFile(const TestFile& file, const Tested& tested, bool some, bool every) {
  for (const NaNs nans : {NaNs::kGreatest, NaNs::kUnordered}) {
    for (const Row& row : file.rows) {
      const bool matches = tested.judge(row, nans).value_or(false);
      ASSERT_TRUE(some || !matches) << "a file was skipped that holds a matching row: "
                                    << predicate::ToSql(*tested.expression) << "\n"
                                    << file.add.stats.value_or("no statistics");
      ASSERT_TRUE(!every || matches)
          << "a file marked whole holds another row: " << predicate::ToSql(*tested.expression)
          << "\n"
          << file.add.stats.value_or("no statistics");
    }
  }
}

TEST(FilterPropertyTest, NoSkippedFileHoldsAMatchingRow) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::string> partition_columns;
  for (const TestColumn& column : Columns()) {
    fields.emplace_back(column.name, column.type);
    if (column.name.starts_with('p')) partition_columns.push_back(column.name);
  }
  std::int64_t skipped = 0;
  std::int64_t whole = 0;
  std::int64_t judged = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    const auto files = MakeFiles(&random);
    std::vector<AddFile> adds;
    for (const auto& file : files) adds.push_back(file.add);
    const Snapshot snapshot(MakeParts(SchemaJson(fields), partition_columns, adds, {}));
    for (int i = 0; i < 60; ++i) {
      const Tested tested = PredicateMaker(&random).Make(static_cast<int>(random.Below(4)));
      const auto filter =
          FileFilter::Bind(*tested.expression, snapshot.schema(), snapshot.metadata(), {});
      const auto selection = filter.Select(snapshot.batches().front());
      for (std::size_t f = 0; f < files.size(); ++f) {
        const bool some = GetBit(selection.some, static_cast<std::int64_t>(f));
        const bool every = GetBit(selection.every, static_cast<std::int64_t>(f));
        CheckFile(files[f], tested, some, every);
        if (HasFatalFailure()) FAIL() << "seed " << seed;
        ++judged;
        skipped += some ? 0 : 1;
        whole += every ? 1 : 0;
      }
    }
  }
  // A filter that judged nothing would pass the checks above.
  EXPECT_GT(skipped, judged / 5);
  EXPECT_GT(whole, judged / 50);
}

}  // namespace
}  // namespace sluice::delta
