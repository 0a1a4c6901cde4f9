#include "delta/filter_leaf.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "delta/time_text.h"

namespace sluice::delta {
namespace {

using Op = FilterLeaf::Op;

double FromFloatKey(std::int64_t key) {
  return std::bit_cast<double>(key ^ ((key >> 63) & ColumnBounds::kMost));
}

/// What bounds nothing stays so.
std::int64_t Transformed(Transform transform, std::int64_t value, bool is_min) {
  switch (transform) {
    case Transform::kNone:
      return value;
    case Transform::kIntegerToDouble:
      return FloatKey(static_cast<double>(value));
    case Transform::kIntegerToFloat:
      return FloatKey(static_cast<double>(static_cast<float>(value)));
    case Transform::kDoubleToFloat:
      if (value == ColumnBounds::kLeast || value == ColumnBounds::kMost) return value;
      return FloatKey(static_cast<double>(static_cast<float>(FromFloatKey(value))));
    case Transform::kMicrosToDay:
      return FloorDiv(value, kMicrosPerDay);
    case Transform::kMicrosToDayAnywhere:
      return FloorDiv(SaturatedSum(value, is_min ? -kMaxZoneMicros : kMaxZoneMicros),
                      kMicrosPerDay);
  }
  return value;
}

/// The bounds of rows, transformed; made anew only where there is something to transform.
struct IntegerSide {
  IntegerSide(const std::vector<std::int64_t>& values, Transform transform, bool is_min)
      : view(values) {
    if (transform == Transform::kNone) return;
    made.reserve(values.size());
    for (const auto value : values) made.push_back(Transformed(transform, value, is_min));
    view = made;
  }
  std::int64_t operator[](std::int64_t row) const { return view[static_cast<std::size_t>(row)]; }

  std::vector<std::int64_t> made;
  std::span<const std::int64_t> view;
};

/// Whether the rows' values may be before the literal, and whether they may be behind it.
template <typename Min, typename Max, typename Value>
void JudgeOrder(Op op, const Min& min, const Max& max, const Range<Value>& literal,
                std::int64_t rows, Truth* truth) {
  const auto& lo = literal.lo;
  const auto& hi = literal.hi;
  switch (op) {
    case Op::kLess:
      FillBits(
          rows, [&](std::int64_t i) { return min[i] < hi; }, &truth->can_be_true);
      FillBits(
          rows, [&](std::int64_t i) { return max[i] >= lo; }, &truth->can_be_false);
      return;
    case Op::kLessOrEqual:
      FillBits(
          rows, [&](std::int64_t i) { return min[i] <= hi; }, &truth->can_be_true);
      FillBits(
          rows, [&](std::int64_t i) { return max[i] > lo; }, &truth->can_be_false);
      return;
    case Op::kGreater:
      FillBits(
          rows, [&](std::int64_t i) { return max[i] > lo; }, &truth->can_be_true);
      FillBits(
          rows, [&](std::int64_t i) { return min[i] <= hi; }, &truth->can_be_false);
      return;
    default:
      FillBits(
          rows, [&](std::int64_t i) { return max[i] >= lo; }, &truth->can_be_true);
      FillBits(
          rows, [&](std::int64_t i) { return min[i] < hi; }, &truth->can_be_false);
      return;
  }
}

template <typename Min, typename Max, typename Value>
void JudgeIn(const Min& min, const Max& max, const std::vector<Range<Value>>& literals,
             std::int64_t rows, Truth* truth) {
  // The first literal that is not wholly before a row's values decides.
  const auto first_from = [&](const auto& least) {
    if (literals.size() == 1) return literals.begin();
    return std::partition_point(literals.begin(), literals.end(),
                                [&](const Range<Value>& range) { return range.hi < least; });
  };
  FillBits(
      rows,
      [&](std::int64_t i) {
        const auto least = min[i];
        const auto range = first_from(least);
        return range != literals.end() && range->lo <= max[i] && range->hi >= least;
      },
      &truth->can_be_true);
  FillBits(
      rows,
      [&](std::int64_t i) {
        const auto least = min[i];
        if (least != max[i]) return true;
        const auto range = first_from(least);
        return range == literals.end() || range->lo != least || range->hi != least;
      },
      &truth->can_be_false);
}

/// All texts between two that begin with a prefix begin with it.
void JudgePrefix(const ColumnBounds& bounds, std::string_view prefix, Truth* truth) {
  const auto& min = bounds.text_min;
  const auto& max = bounds.text_max;
  FillBits(
      bounds.num_rows,
      [&](std::int64_t i) {
        return max[i] >= prefix && (min[i] < prefix || min[i].starts_with(prefix));
      },
      &truth->can_be_true);
  FillBits(
      bounds.num_rows,
      [&](std::int64_t i) { return !min[i].starts_with(prefix) || !max[i].starts_with(prefix); },
      &truth->can_be_false);
}

template <typename Min, typename Max, typename Value>
void Judge(const FilterLeaf& leaf, const Min& min, const Max& max,
           const std::vector<Range<Value>>& literals, std::int64_t rows, Truth* truth) {
  if (leaf.op == Op::kIn) {
    JudgeIn(min, max, literals, rows, truth);
  } else {
    JudgeOrder(leaf.op, min, max, literals.front(), rows, truth);
  }
}

void JudgeValues(const FilterLeaf& leaf, const ColumnBounds& bounds, Truth* truth) {
  const std::int64_t rows = bounds.num_rows;
  switch (bounds.form) {
    case ColumnBounds::Form::kNone:
      *truth = Truth::Of(rows, true, true, true);
      return;
    case ColumnBounds::Form::kInteger: {
      const IntegerSide min(bounds.min, leaf.transform, true);
      const IntegerSide max(bounds.max, leaf.transform, false);
      Judge(leaf, min, max, std::get<0>(leaf.ranges), rows, truth);
      return;
    }
    case ColumnBounds::Form::kDecimal:
      Judge(leaf, bounds.wide_min, bounds.wide_max, std::get<1>(leaf.ranges), rows, truth);
      return;
    case ColumnBounds::Form::kText: {
      const auto& literals = std::get<2>(leaf.ranges);
      if (leaf.op == Op::kPrefix) {
        JudgePrefix(bounds, literals.front().lo, truth);
      } else {
        Judge(leaf, bounds.text_min, bounds.text_max, literals, rows, truth);
      }
      return;
    }
  }
}

template <typename Value>
void SortAndJoin(std::vector<Range<Value>>* ranges) {
  std::sort(ranges->begin(), ranges->end(), [](const auto& a, const auto& b) {
    return a.lo < b.lo || (a.lo == b.lo && a.hi < b.hi);
  });
  std::vector<Range<Value>> joined;
  for (auto& range : *ranges) {
    if (!joined.empty() && range.lo <= joined.back().hi) {
      if (joined.back().hi < range.hi) joined.back().hi = std::move(range.hi);
    } else {
      joined.push_back(std::move(range));
    }
  }
  *ranges = std::move(joined);
}

}  // namespace

void SortRanges(FilterLeaf* leaf) {
  std::visit([](auto& ranges) { SortAndJoin(&ranges); }, leaf->ranges);
}

Truth JudgeLeaf(const FilterLeaf& leaf, const ColumnBounds& bounds) {
  if (leaf.op == Op::kIsNull) {
    return Truth{bounds.can_be_null, bounds.can_be_value, Bits(bounds.can_be_null.size(), 0)};
  }
  Truth truth;
  JudgeValues(leaf, bounds, &truth);
  if (leaf.maybe_nan) {
    const bool greater = leaf.op == Op::kGreater || leaf.op == Op::kGreaterOrEqual;
    for (auto& word : truth.can_be_false) word = ~std::uint64_t{0};
    if (greater) truth.can_be_true = truth.can_be_false;
  }
  for (std::size_t i = 0; i < truth.can_be_true.size(); ++i) {
    truth.can_be_true[i] &= bounds.can_be_value[i];
    truth.can_be_false[i] &= bounds.can_be_value[i];
  }
  truth.can_be_null = bounds.can_be_null;
  if (leaf.null_is_false) {
    for (std::size_t i = 0; i < truth.can_be_null.size(); ++i) {
      truth.can_be_false[i] |= truth.can_be_null[i];
      truth.can_be_null[i] = 0;
    }
  }
  if (leaf.null_in_list) {
    // Not being in the rest of the list is not known to be false.
    for (std::size_t i = 0; i < truth.can_be_null.size(); ++i) {
      truth.can_be_null[i] |= truth.can_be_false[i];
      truth.can_be_false[i] = 0;
    }
  }
  return truth;
}

Truth SpreadTruth(const FilterLeaf& leaf, const Truth& entries,
                  const arrow::DictionaryArray& rows) {
  const std::int64_t count = rows.dictionary()->length();
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(count) + 1);
  for (std::int64_t i = 0; i < count; ++i) {
    codes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(
        (GetBit(entries.can_be_true, i) ? 1 : 0) | (GetBit(entries.can_be_false, i) ? 2 : 0) |
        (GetBit(entries.can_be_null, i) ? 4 : 0));
  }
  codes.back() = leaf.op == Op::kIsNull ? 1 : leaf.null_is_false ? 2 : 4;
  const auto& indices = static_cast<const arrow::Int32Array&>(*rows.indices());
  const std::int32_t* index = indices.raw_values();
  const bool nulls = indices.null_count() > 0;
  Truth truth;
  const auto fill = [&](std::uint8_t bit, Bits* bits) {
    if (!nulls) {
      FillBits(
          rows.length(), [&](std::int64_t i) { return (codes[index[i]] & bit) != 0; }, bits);
      return;
    }
    FillBits(
        rows.length(),
        [&](std::int64_t i) {
          return ((indices.IsNull(i) ? codes.back() : codes[index[i]]) & bit) != 0;
        },
        bits);
  };
  fill(1, &truth.can_be_true);
  fill(2, &truth.can_be_false);
  fill(4, &truth.can_be_null);
  return truth;
}

}  // namespace sluice::delta
