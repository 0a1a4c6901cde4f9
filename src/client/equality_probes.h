// EqualityProbes: what the Bloom filters of a row group say of a predicate's equalities.
#pragma once

#include <parquet/arrow/schema.h>
#include <parquet/bloom_filter.h>
#include <parquet/metadata.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "client/file_skipper.h"
#include "predicate/expression.h"

namespace sluice::client {

/// The values that a predicate compares for equality with columns of one file, hashed. Immutable;
/// refers to the predicate.
class EqualityProbes {
 public:
  /// What cannot be looked up, such as NaN, casts and columns of another type than the table's, is
  /// left out.
  EqualityProbes(const FileSkipper& skipper, const parquet::arrow::SchemaManifest& manifest,
                 const parquet::SchemaDescriptor& schema);

  /// Parquet columns whose filter is of use.
  const std::set<int>& leaves() const { return leaves_; }

  /// The predicate where values that a filter does not have are nowhere: true, false and null for
  /// the same rows as `predicate`, which is the skipper's. `filter_of` gives a leaf's filter, or
  /// null.
  predicate::ExpressionPtr Without(
      const predicate::ExpressionPtr& predicate,
      const std::function<const parquet::BloomFilter*(int leaf)>& filter_of) const;

 private:
  struct Probe {
    int leaf = 0;
    std::vector<std::uint64_t> hashes;  ///< Of all forms that the value may have.
  };
  struct Lookup;

  void Add(const predicate::Expression& expression, const FileSkipper& skipper,
           const JudgedColumns& columns, const parquet::SchemaDescriptor& schema);

  std::map<const predicate::Literal*, Probe> probes_;
  std::set<int> leaves_;
};

}  // namespace sluice::client
