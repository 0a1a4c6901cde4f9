#include "parquet_table/leaf_stats.h"

#include <arrow/util/decimal.h>
#include <fmt/format.h>
#include <parquet/statistics.h>

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "base/encoding.h"
#include "delta/time_text.h"
#include "parquet_table/columns.h"

namespace sluice::parquet_table {
namespace {

using delta::Int128;
using Kind = delta::DataType::Kind;
using parquet::Type;

/// As the Delta log cuts texts.
constexpr std::size_t kTextCharacters = 32;
constexpr std::string_view kLastCharacter = "\xF4\x8F\xBF\xBF";  // U+10FFFF

template <typename T>
std::optional<T> Plain(const std::string& bytes) {
  T value{};
  if (bytes.size() != sizeof(T)) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

template <typename Signed>
std::optional<StatValue> Whole(const std::string& bytes, bool is_unsigned) {
  const auto value = Plain<Signed>(bytes);
  if (!value) return std::nullopt;
  if (is_unsigned) return Int128{static_cast<std::make_unsigned_t<Signed>>(*value)};
  return Int128{*value};
}

template <typename Floating>
std::optional<StatValue> Number(const std::string& bytes) {
  const auto value = Plain<Floating>(bytes);
  if (!value || std::isnan(*value)) return std::nullopt;
  return static_cast<double>(*value);
}

/// Two's complement, the highest byte first.
std::optional<StatValue> BigEndian(const std::string& bytes) {
  if (bytes.empty() || bytes.size() > sizeof(Int128)) return std::nullopt;
  auto value = static_cast<unsigned __int128>(static_cast<signed char>(bytes[0]) < 0 ? -1 : 0);
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<Int128>(value);
}

/// How many of the first bytes are whole characters, at most `characters` of them.
std::size_t CharactersEnd(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  while (end < text.size() && characters > 0) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    --characters;
  }
  return end;
}

/// The longest beginning that is UTF-8: a cut may have gone through a character.
std::string_view Utf8Beginning(std::string_view text) {
  for (int bytes = 0; bytes < 4 && !IsUtf8(text) && !text.empty(); ++bytes) text.remove_suffix(1);
  return IsUtf8(text) ? text : std::string_view();
}

void AppendMinText(std::string_view text, std::string* out) {
  text = Utf8Beginning(text);
  AppendJsonString(text.substr(0, CharactersEnd(text, kTextCharacters)), out);
}

/// A text that is cut ends in the last of all characters instead, so that whatever begins with
/// what is left of it is smaller: what came next must not be that character itself.
bool AppendMaxText(std::string_view text, std::string* out) {
  if (!IsUtf8(text)) return false;
  std::size_t end = CharactersEnd(text, kTextCharacters);
  while (text.substr(end).starts_with(kLastCharacter)) end += kLastCharacter.size();
  std::string bound(text.substr(0, end));
  if (end < text.size()) bound += kLastCharacter;
  AppendJsonString(bound, out);
  return true;
}

bool IsDecimal(const parquet::ColumnDescriptor& leaf) {
  return (leaf.logical_type() != nullptr && leaf.logical_type()->is_decimal()) ||
         leaf.converted_type() == parquet::ConvertedType::DECIMAL;
}

/// Units of a timestamp in a millisecond; milliseconds in it where it is coarser are not written.
std::optional<std::int64_t> UnitsPerMilli(const parquet::ColumnDescriptor& leaf) {
  const auto& logical = leaf.logical_type();
  if (logical == nullptr || !logical->is_timestamp()) return std::nullopt;
  using Unit = parquet::LogicalType::TimeUnit;
  switch (static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit()) {
    case Unit::MILLIS:
      return 1;
    case Unit::MICROS:
      return 1'000;
    case Unit::NANOS:
      return 1'000'000;
    default:
      return std::nullopt;
  }
}

}  // namespace

LeafStats::LeafStats(const parquet::ColumnDescriptor& leaf, const delta::DataType& type)
    : leaf_(leaf), type_(type) {
  bounds_known_ = IsOrdered();
}

/// Whether the file says in which order its bounds were found, or it can be told.
bool LeafStats::IsOrdered() const {
  switch (type_.kind) {
    case Kind::kBinary:
    case Kind::kVoid:
      return false;
    default:
      break;
  }
  if (leaf_.column_order().get_order() == parquet::ColumnOrder::TYPE_DEFINED_ORDER) {
    return leaf_.sort_order() != parquet::SortOrder::UNKNOWN;
  }
  return leaf_.sort_order() == parquet::SortOrder::SIGNED &&
         (leaf_.physical_type() == Type::INT32 || leaf_.physical_type() == Type::INT64);
}

std::optional<StatValue> LeafStats::Decode(const std::string& bytes) const {
  const bool is_unsigned = leaf_.sort_order() == parquet::SortOrder::UNSIGNED;
  switch (leaf_.physical_type()) {
    case Type::BOOLEAN:
      return Whole<std::int8_t>(bytes, true);
    case Type::INT32:
      return Whole<std::int32_t>(bytes, is_unsigned);
    case Type::INT64:
      return Whole<std::int64_t>(bytes, is_unsigned);
    case Type::FLOAT:
      return Number<float>(bytes);
    case Type::DOUBLE:
      return Number<double>(bytes);
    case Type::BYTE_ARRAY:
    case Type::FIXED_LEN_BYTE_ARRAY:
      if (IsDecimal(leaf_)) return BigEndian(bytes);
      if (type_.kind == Kind::kString) return bytes;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

void LeafStats::Add(const parquet::EncodedStatistics* stats, std::int64_t rows) {
  if (rows == 0) return;
  const bool has_nulls = stats != nullptr && stats->has_null_count && stats->null_count >= 0 &&
                         stats->null_count <= rows;
  nulls_known_ = nulls_known_ && has_nulls;
  if (has_nulls) nulls_ += stats->null_count;
  if (has_nulls && stats->null_count == rows) return;  // There is nothing to bound.
  if (stats == nullptr) {
    bounds_known_ = false;
  } else if (bounds_known_) {
    AddBounds(*stats);
  }
}

void LeafStats::AddBounds(const parquet::EncodedStatistics& stats) {
  const auto min = stats.has_min ? Decode(stats.min()) : std::nullopt;
  const auto max = stats.has_max ? Decode(stats.max()) : std::nullopt;
  if (!min || !max || *max < *min) {
    bounds_known_ = false;
    return;
  }
  tight_ =
      tight_ && stats.is_min_value_exact.value_or(true) && stats.is_max_value_exact.value_or(true);
  if (!min_ || *min < *min_) min_ = min;
  if (!max_ || *max_ < *max) max_ = max;
}

std::optional<std::int64_t> LeafStats::null_count() const {
  return nulls_known_ ? std::optional(nulls_) : std::nullopt;
}

bool LeafStats::AppendMin(std::string* out) const {
  return bounds_known_ && min_ && Append(*min_, false, out);
}

/// NaN is greater than every number, or compares to none: maxima do not show it.
bool LeafStats::AppendMax(std::string* out) const {
  const bool floating = type_.kind == Kind::kFloat || type_.kind == Kind::kDouble;
  return bounds_known_ && max_ && !floating && Append(*max_, true, out);
}

bool LeafStats::AppendTime(Int128 value, bool is_max, std::string* out) const {
  const auto units = UnitsPerMilli(leaf_);
  if (!units) return false;
  Int128 millis = value / *units;
  if (is_max && millis * *units < value) ++millis;
  if (!is_max && millis * *units > value) --millis;
  constexpr Int128 kLimit = std::numeric_limits<std::int64_t>::max() / 1'000;
  if (millis > kLimit || millis < -kLimit) return false;
  out->push_back('"');
  if (!delta::AppendTimestamp(static_cast<std::int64_t>(millis) * 1'000,
                              type_.kind == Kind::kTimestamp, out)) {
    out->pop_back();
    return false;
  }
  out->push_back('"');
  return true;
}

bool LeafStats::Append(const StatValue& value, bool is_max, std::string* out) const {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (is_max) return AppendMaxText(*text, out);
    AppendMinText(*text, out);
    return true;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    if (!std::isfinite(*number)) return false;
    if (type_.kind == Kind::kFloat) {
      fmt::format_to(std::back_inserter(*out), "{}", static_cast<float>(*number));
    } else {
      fmt::format_to(std::back_inserter(*out), "{}", *number);
    }
    return true;
  }
  const auto whole = std::get<Int128>(value);
  switch (type_.kind) {
    case Kind::kBoolean:
      out->append(whole != 0 ? "true" : "false");
      return true;
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return AppendTime(whole, is_max, out);
    case Kind::kDate:
      out->push_back('"');
      if (!delta::AppendDate(static_cast<std::int64_t>(whole), out)) {
        out->pop_back();
        return false;
      }
      out->push_back('"');
      return true;
    default: {
      const arrow::Decimal128 digits(static_cast<std::int64_t>(whole >> 64),
                                     static_cast<std::uint64_t>(whole));
      out->append(digits.ToString(type_.kind == Kind::kDecimal ? type_.scale : 0));
      return true;
    }
  }
}

}  // namespace sluice::parquet_table
