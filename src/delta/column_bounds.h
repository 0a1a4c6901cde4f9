// What is known of a column's values in each of a batch's files, as arrays to compare with.
#pragma once

#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "delta/bits.h"
#include "delta/schema.h"

namespace sluice::delta {

__extension__ using Int128 = __int128;

/// Texts one after another. Appended to in the order of rows.
class TextColumn {
 public:
  void Append(std::string_view text, bool with_high_byte = false) {
    bytes_.append(text);
    if (with_high_byte) bytes_.push_back('\xFF');
    ends_.push_back(bytes_.size());
  }
  std::string_view operator[](std::int64_t row) const {
    const auto index = static_cast<std::size_t>(row);
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }
  std::int64_t memory_bytes() const {
    return static_cast<std::int64_t>(bytes_.capacity() + ends_.capacity() * sizeof(std::size_t));
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

/// For each row: all values that are not null lie between min and max, both included. Unknown
/// bounds are the extremes of their type, so that they bound nothing and need no flag.
struct ColumnBounds {
  enum class Form {
    kNone,     ///< No bounds, only nulls.
    kInteger,  ///< Integers, booleans, days, microseconds; floating numbers as their FloatKey.
    kDecimal,  ///< Digits at the column's scale.
    kText,     ///< UTF-8, compared by bytes; a maximum that was cut ends in a byte of 0xFF.
  };
  Form form = Form::kNone;
  std::vector<std::int64_t> min, max;
  std::vector<Int128> wide_min, wide_max;
  TextColumn text_min, text_max;
  Bits can_be_null;   ///< Whether a row may hold a null,
  Bits can_be_value;  ///< and something else.

  std::int64_t num_rows = 0;
  std::int64_t memory_bytes() const;

  static constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  static constexpr Int128 kWideMost = static_cast<Int128>(~static_cast<unsigned __int128>(0) >> 1);
  static constexpr Int128 kWideLeast = -kWideMost - 1;
};

/// Of `rows` rows of which nothing is known; texts are still to be appended.
std::shared_ptr<ColumnBounds> UnknownBounds(ColumnBounds::Form form, std::int64_t rows);

/// Of a column of `type`. Texts that are `collated`, which is not by bytes, have no bounds.
ColumnBounds::Form FormOf(const DataType& type, bool collated = false);

/// Floating numbers as integers in the same order; -0.0 becomes 0.0. Not for NaN.
std::int64_t FloatKey(double value);

using ColumnBoundsPtr = std::shared_ptr<const ColumnBounds>;

/// The bounds that were made for one batch. Thread-safe. What was used longest ago goes when all
/// together exceed kMaxBytes.
class BoundsCache {
 public:
  static constexpr std::int64_t kMaxBytes = std::int64_t{16} << 20;

  /// Null when there are none.
  ColumnBoundsPtr Find(std::string_view key);
  void Add(std::string key, ColumnBoundsPtr bounds);
  std::int64_t memory_bytes() const;

  /// Held by whoever makes bounds, so that nobody else makes the same. Find is free meanwhile.
  std::mutex& making() { return making_; }

 private:
  struct Entry {
    std::string key;
    ColumnBoundsPtr bounds;
    std::int64_t bytes = 0;
  };

  std::mutex making_;
  mutable std::mutex mutex_;  ///< Guards what follows.
  std::list<Entry> entries_;  ///< The last used first.
  std::int64_t bytes_ = 0;
};

}  // namespace sluice::delta
