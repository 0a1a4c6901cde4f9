// Builds the bounds of one column from the statistics of one file after another.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string_view>

#include "delta/column_bounds.h"
#include "delta/decimal_text.h"
#include "delta/stats_bounds.h"

namespace sluice::delta {

/// For each row: any of the Take calls, then EndRow. Not thread-safe.
class StatsRowBuilder {
 public:
  using Value = simdjson::ondemand::value;

  StatsRowBuilder(const StatsColumn& column, std::int64_t rows);

  void TakeMin(Value& value) { Take(value, &min_, true); }
  void TakeMax(Value& value) { Take(value, &max_, false); }
  void TakeNullCount(Value& value);

  /// `sound` is false when what was taken cannot be relied on; `num_records` below 0 when not
  /// known.
  void EndRow(bool sound, std::int64_t num_records);

  std::shared_ptr<const ColumnBounds> Finish() { return std::move(bounds_); }

 private:
  /// One side of a row's bounds, in the form of the column. The text lives until the next row.
  struct Side {
    bool known = false;
    std::int64_t integer = 0;
    Int128 wide = 0;
    std::string_view text;
  };

  void Take(Value& value, Side* side, bool is_min);
  std::optional<std::int64_t> TakeInteger(Value& value, bool is_min) const;
  std::optional<std::int64_t> TakeFloating(Value& value, bool is_min) const;
  std::optional<Int128> TakeDecimal(Value& value, bool is_min) const;
  void EndText();

  const StatsColumn& column_;
  std::shared_ptr<ColumnBounds> bounds_;
  std::int64_t row_ = 0;
  Side min_;
  Side max_;
  std::int64_t null_count_ = -1;
};

}  // namespace sluice::delta
