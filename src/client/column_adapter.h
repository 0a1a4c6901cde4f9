// ColumnAdapter: turns a column as a data file has it into the column as the table has it.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "delta/schema.h"

namespace parquet::arrow {
struct SchemaField;
}

namespace sluice::client {

/// Immutable and thread-safe.
class ColumnAdapter {
 public:
  /// `have` is the file's column, null when the file has none. Nested fields are found as `mapping`
  /// says; those the file lacks become nulls, those the table lacks are dropped. Types widen.
  /// Shredded variants are put together. Errors: kCorrupt when the file's type cannot stand for the
  /// table's, kUnsupported as of CheckShreddedVariant; both name the nested field.
  static Result<ColumnAdapter> Make(const delta::Field& want,
                                    const parquet::arrow::SchemaField* have,
                                    delta::ColumnMappingMode mapping);

  /// Whether columns come out as they go in.
  bool is_identity() const { return kind_ == Kind::kSame; }

  /// `in` null: `length` nulls. Errors: kCorrupt for a value that the table's type cannot hold.
  Result<std::shared_ptr<arrow::ArrayData>> Apply(std::shared_ptr<arrow::ArrayData> in,
                                                  std::int64_t length) const;

 private:
  enum class Kind { kMissing, kSame, kCast, kNested, kShredded };

  static Result<ColumnAdapter> MakeLeaf(const delta::Field& want,
                                        const parquet::arrow::SchemaField& have);
  Status AddChildren(const delta::Field& want, const parquet::arrow::SchemaField& have,
                     delta::ColumnMappingMode mapping);
  Status AddVariantChildren(const parquet::arrow::SchemaField& have);
  Result<std::shared_ptr<arrow::ArrayData>> Cast(std::shared_ptr<arrow::ArrayData> in) const;
  Result<std::shared_ptr<arrow::ArrayData>> ApplyNested(
      const std::shared_ptr<arrow::ArrayData>& in) const;

  Kind kind_ = Kind::kMissing;
  std::shared_ptr<arrow::DataType> type_;
  /// kNested: one a child of `type_`, and where the file's array has it (-1: nowhere).
  std::vector<ColumnAdapter> children_;
  std::vector<int> sources_;
};

/// The field of `have` that `want` names: by id or physical name under column mapping, else by
/// name, without case where that is unambiguous. Null when there is none. Errors: kCorrupt for an
/// ambiguous name.
Result<const parquet::arrow::SchemaField*> FindField(
    const delta::Field& want, const std::vector<parquet::arrow::SchemaField>& have,
    delta::ColumnMappingMode mapping);

}  // namespace sluice::client
