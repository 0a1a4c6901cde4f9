#include "parquet_table/hive_partitions.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/uri.h"
#include "delta/time_text.h"
#include "parquet_table/columns.h"

namespace sluice::parquet_table {
namespace {

using delta::PartitionValue;
using Kind = delta::DataType::Kind;

constexpr std::string_view kNull = "__HIVE_DEFAULT_PARTITION__";

/// Writers that do not encode leave a '%' as it is.
std::string Decode(std::string_view text) {
  auto decoded = PercentDecode(text);
  return decoded && IsUtf8(*decoded) ? *std::move(decoded) : std::string(text);
}

/// Decoded, as the folders have them.
std::vector<PartitionValue> Read(std::string_view key) {
  std::vector<PartitionValue> values;
  for (std::size_t begin = 0;;) {
    const std::size_t end = key.find('/', begin);
    if (end == std::string_view::npos) return values;
    const auto folder = key.substr(begin, end - begin);
    begin = end + 1;
    const auto equals = folder.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    PartitionValue value(Decode(folder.substr(0, equals)), std::nullopt);
    const auto text = folder.substr(equals + 1);
    if (!text.empty() && text != kNull) value.second = Decode(text);
    values.push_back(std::move(value));
  }
}

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Four digits of a year, two of month and day.
bool IsDate(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && delta::ParseDate(text);
}

/// What all values of a column can be read as.
struct Forms {
  bool some = false;
  bool integer = true;
  bool whole = true;
  bool date = true;

  void Add(std::string_view text) {
    some = true;
    if (whole) {
      const auto number = WholeNumber(text);
      whole = number.has_value();
      integer = integer && number && *number >= std::numeric_limits<std::int32_t>::min() &&
                *number <= std::numeric_limits<std::int32_t>::max();
    }
    date = date && IsDate(text);
  }
  Kind Best() const {
    if (!some) return Kind::kString;
    if (whole) return integer ? Kind::kInteger : Kind::kLong;
    return date ? Kind::kDate : Kind::kString;
  }
};

bool SameNames(const std::vector<PartitionValue>& a, const std::vector<PartitionValue>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

delta::Field MakeField(const std::string& name, Kind kind) {
  auto type = std::make_shared<delta::DataType>();
  type->kind = kind;
  delta::Field field;
  field.name = field.physical_name = name;
  field.type = std::move(type);
  return field;
}

}  // namespace

Result<HivePartitions> HivePartitions::Infer(const std::vector<storage::ObjectMeta>& files) {
  HivePartitions partitions;
  if (files.empty()) return partitions;
  const auto first = Read(files.front().key);
  std::vector<Forms> forms(first.size());
  for (const auto& file : files) {
    const auto values = Read(file.key);
    if (!SameNames(first, values)) {
      return Fail(ErrorKind::kUnsupported,
                  "the folders of '{}' and of '{}' name different partition columns",
                  files.front().key, file.key);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].second) forms[i].Add(*values[i].second);
    }
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    partitions.fields_.push_back(MakeField(first[i].first, forms[i].Best()));
  }
  if (auto checked = CheckNames(partitions.fields_); !checked) {
    return Fail(checked.error().At(fmt::format("'{}'", files.front().key)));
  }
  return partitions;
}

std::vector<PartitionValue> HivePartitions::ValuesOf(std::string_view key) const {
  auto values = Read(key);
  for (std::size_t i = 0; i < values.size() && i < fields_.size(); ++i) {
    const Kind kind = fields_[i].type->kind;
    if (!values[i].second || (kind != Kind::kInteger && kind != Kind::kLong)) continue;
    // "07" and "7" are one value.
    if (const auto number = WholeNumber(*values[i].second)) {
      values[i].second = std::to_string(*number);
    }
  }
  return values;
}

}  // namespace sluice::parquet_table
