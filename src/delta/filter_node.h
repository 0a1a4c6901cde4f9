// The tree of a FileFilter.
#pragma once

#include <vector>

#include "delta/file_filter.h"
#include "delta/filter_leaf.h"

namespace sluice::delta {

struct FileFilter::Node {
  enum class Kind { kTrue, kFalse, kNull, kAnything, kAnd, kOr, kNot, kLeaf };
  Kind kind = Kind::kAnything;
  std::vector<Node> children;  ///< Of a kAnd, those on partition columns alone first.
  FilterLeaf leaf;
  bool reads_stats = false;  ///< Somewhere in this tree.
};

}  // namespace sluice::delta
