// Typed bounds of columns from the statistics of a batch's files, made when they are first asked
// for.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "delta/column_bounds.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// A column that statistics may know.
struct StatsColumn {
  std::vector<std::string> path;  ///< Physical names.
  DataType type;                  ///< Without fields.
  bool widened = false;           ///< Older files may have had a narrower type.
  bool collated = false;          ///< Texts are compared otherwise than by bytes.

  std::string Key() const;
  bool SameAs(const StatsColumn& other) const;
};

/// One for each of `columns`, from the batch's cache or by one pass over its statistics. What they
/// do not say, or say wrongly, is unbounded. Thread-safe.
std::vector<ColumnBoundsPtr> StatsBounds(const FileBatch& batch,
                                         std::span<const StatsColumn* const> columns);

}  // namespace sluice::delta
