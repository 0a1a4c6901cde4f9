#include "delta/column_bounds.h"

#include <bit>

namespace sluice::delta {

std::int64_t ColumnBounds::memory_bytes() const {
  const std::size_t fixed = (min.capacity() + max.capacity()) * sizeof(std::int64_t) +
                            (wide_min.capacity() + wide_max.capacity()) * sizeof(Int128) +
                            (can_be_null.capacity() + can_be_value.capacity()) * 8;
  return static_cast<std::int64_t>(sizeof(ColumnBounds) + fixed) + text_min.memory_bytes() +
         text_max.memory_bytes();
}

std::shared_ptr<ColumnBounds> UnknownBounds(ColumnBounds::Form form, std::int64_t rows) {
  using Form = ColumnBounds::Form;
  auto bounds = std::make_shared<ColumnBounds>();
  bounds->form = form;
  bounds->num_rows = rows;
  const auto count = static_cast<std::size_t>(rows);
  if (form == Form::kInteger) {
    bounds->min.assign(count, ColumnBounds::kLeast);
    bounds->max.assign(count, ColumnBounds::kMost);
  } else if (form == Form::kDecimal) {
    bounds->wide_min.assign(count, ColumnBounds::kWideLeast);
    bounds->wide_max.assign(count, ColumnBounds::kWideMost);
  }
  bounds->can_be_null.assign(BitWords(rows), ~std::uint64_t{0});
  bounds->can_be_value.assign(BitWords(rows), ~std::uint64_t{0});
  return bounds;
}

ColumnBounds::Form FormOf(const DataType& type, bool collated) {
  using Kind = DataType::Kind;
  if (collated) return ColumnBounds::Form::kNone;
  switch (type.kind) {
    case Kind::kLong:
    case Kind::kInteger:
    case Kind::kShort:
    case Kind::kByte:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kBoolean:
    case Kind::kDate:
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return ColumnBounds::Form::kInteger;
    case Kind::kDecimal:
      return ColumnBounds::Form::kDecimal;
    case Kind::kString:
      return ColumnBounds::Form::kText;
    default:
      return ColumnBounds::Form::kNone;
  }
}

std::int64_t FloatKey(double value) {
  if (value == 0) value = 0;
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits ^ ((bits >> 63) & std::numeric_limits<std::int64_t>::max());
}

ColumnBoundsPtr BoundsCache::Find(std::string_view key) {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->key != key) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entries_.front().bounds;
  }
  return nullptr;
}

void BoundsCache::Add(std::string key, ColumnBoundsPtr bounds) {
  const std::int64_t bytes = bounds->memory_bytes();
  const std::lock_guard lock(mutex_);
  entries_.push_front({std::move(key), std::move(bounds), bytes});
  bytes_ += bytes;
  while (bytes_ > kMaxBytes && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

std::int64_t BoundsCache::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace sluice::delta
