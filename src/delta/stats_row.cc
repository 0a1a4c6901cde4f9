#include "delta/stats_row.h"

#include <algorithm>
#include <cmath>

#include "delta/column_value.h"
#include "delta/time_text.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;
using Form = ColumnBounds::Form;

/// Writers cut texts after this many characters, and not all round a maximum up.
constexpr std::size_t kCutCharacters = 32;
/// Decimals with more digits went through a double in some writers.
constexpr Int128 kExactInDouble = 1'000'000'000'000'000;

/// The first `count` characters; all of it when there are no more.
std::string_view FirstCharacters(std::string_view text, std::size_t count) {
  if (text.size() < count) return text;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (count-- == 0) break;
  }
  return text.substr(0, at);
}

/// A number as its digits stand, in quotes or not. Nullopt for what is neither number nor string.
std::optional<std::string_view> NumberText(simdjson::ondemand::value& value) {
  simdjson::ondemand::json_type type{};
  std::string_view text;
  if (value.type().get(type)) return std::nullopt;
  if (type != simdjson::ondemand::json_type::number) {
    if (value.get_string().get(text)) return std::nullopt;
    return text;
  }
  text = value.raw_json_token();
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

StatsRowBuilder::StatsRowBuilder(const StatsColumn& column, std::int64_t rows)
    : column_(column), bounds_(UnknownBounds(FormOf(column.type, column.collated), rows)) {}

void StatsRowBuilder::TakeNullCount(Value& value) {
  if (value.get_int64().get(null_count_)) null_count_ = -1;
}

void StatsRowBuilder::Take(Value& value, Side* side, bool is_min) {
  switch (bounds_->form) {
    case Form::kNone:
      return;
    case Form::kInteger: {
      const auto taken = TakeInteger(value, is_min);
      side->known = taken.has_value();
      side->integer = taken.value_or(0);
      return;
    }
    case Form::kDecimal: {
      const auto taken = TakeDecimal(value, is_min);
      side->known = taken.has_value();
      side->wide = taken.value_or(0);
      return;
    }
    case Form::kText:
      side->known = !value.get_string().get(side->text);
      return;
  }
}

std::optional<std::int64_t> StatsRowBuilder::TakeInteger(Value& value, bool is_min) const {
  std::int64_t integer = 0;
  std::string_view text;
  switch (column_.type.kind) {
    case Kind::kBoolean: {
      bool flag = false;
      if (value.get_bool().get(flag)) return std::nullopt;
      return flag ? 1 : 0;
    }
    case Kind::kFloat:
    case Kind::kDouble:
      return TakeFloating(value, is_min);
    case Kind::kDate: {
      if (value.get_string().get(text)) return std::nullopt;
      return ParseDate(text);
    }
    case Kind::kTimestamp:
    case Kind::kTimestampNtz: {
      if (value.get_string().get(text)) return std::nullopt;
      const auto range = TimestampRange(text, column_.type.kind == Kind::kTimestamp, {});
      if (!range) return std::nullopt;
      return is_min ? range->lo : range->hi;
    }
    default:
      if (value.get_int64().get(integer)) return std::nullopt;
      return integer;
  }
}

/// Where floats became doubles, what was written is the shortest text of a float.
std::optional<std::int64_t> StatsRowBuilder::TakeFloating(Value& value, bool is_min) const {
  const auto text = NumberText(value);
  if (!text) return std::nullopt;
  auto number = ParseFloating(*text, column_.type.kind == Kind::kFloat);
  if (!number) return std::nullopt;
  if (column_.widened && column_.type.kind == Kind::kDouble) {
    const double as_float = static_cast<float>(*number);
    number = is_min ? std::min(*number, as_float) : std::max(*number, as_float);
  }
  return FloatKey(*number);
}

std::optional<Int128> StatsRowBuilder::TakeDecimal(Value& value, bool is_min) const {
  const auto text = NumberText(value);
  if (!text) return std::nullopt;
  const auto parsed = ParseDecimalText(*text);
  if (!parsed) return std::nullopt;
  const auto range = AtScale(*parsed, column_.type.scale);
  if (!range) return std::nullopt;
  const Int128 digits = is_min ? range->lo : range->hi;
  const Int128 size = digits < 0 ? -digits : digits;
  if (size < kExactInDouble) return digits;
  const Int128 slack = (size >> 50) + 1;
  return is_min ? digits - slack : digits + slack;
}

/// The maximum bounds what begins with what is left of it, too, where it may have been cut.
void StatsRowBuilder::EndText() {
  const bool both = min_.known && max_.known && min_.text > max_.text;
  if (both) min_.known = max_.known = false;
  bounds_->text_min.Append(min_.known ? min_.text : std::string_view());
  if (!max_.known) {
    bounds_->text_max.Append({}, true);
    return;
  }
  const auto first = FirstCharacters(max_.text, kCutCharacters);
  const bool maybe_cut = first.size() < max_.text.size() ||
                         FirstCharacters(first, kCutCharacters - 1).size() < first.size();
  bounds_->text_max.Append(maybe_cut ? first : max_.text, maybe_cut);
}

void StatsRowBuilder::EndRow(bool sound, std::int64_t num_records) {
  if (!sound) {
    min_.known = max_.known = false;
    null_count_ = -1;
  }
  const auto row = static_cast<std::size_t>(row_);
  switch (bounds_->form) {
    case Form::kNone:
      break;
    case Form::kInteger:
      if (min_.known && max_.known && min_.integer > max_.integer) break;
      if (min_.known) bounds_->min[row] = min_.integer;
      if (max_.known) bounds_->max[row] = max_.integer;
      break;
    case Form::kDecimal:
      if (min_.known && max_.known && min_.wide > max_.wide) break;
      if (min_.known) bounds_->wide_min[row] = min_.wide;
      if (max_.known) bounds_->wide_max[row] = max_.wide;
      break;
    case Form::kText:
      EndText();
      break;
  }
  // True of tight and of wide statistics; what else a count may be says less than it seems.
  if (null_count_ == 0) SetBit(&bounds_->can_be_null, row_, false);
  if (null_count_ > 0 && null_count_ == num_records) SetBit(&bounds_->can_be_value, row_, false);
  min_ = Side();
  max_ = Side();
  null_count_ = -1;
  ++row_;
}

}  // namespace sluice::delta
