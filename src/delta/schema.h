// A table's schema: the JSON of metaData.schemaString as a tree, with column mapping resolved.
// Format: PROTOCOL.md of delta-io/delta, "Schema Serialization Format" and "Column Mapping".
#pragma once

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delta/actions.h"

namespace sluice::delta {

enum class ColumnMappingMode { kNone, kName, kId };

struct DataType;

struct Field {
  std::string name;  ///< Logical.
  std::string
      physical_name;  ///< As data files and partition values have it; = name without mapping.
  std::optional<std::int32_t> field_id;  ///< delta.columnMapping.id.
  bool nullable = true;
  std::shared_ptr<const DataType> type;
  /// delta.typeChanges: older files may have this field, or one nested in its arrays and maps, in a
  /// narrower type. Fields of a nested struct say so themselves.
  bool type_changed = false;
  /// Texts in it are compared by a collation, not by their bytes.
  bool collated = false;
};

struct DataType {
  enum class Kind {
    kString,
    kLong,
    kInteger,
    kShort,
    kByte,
    kFloat,
    kDouble,
    kDecimal,
    kBoolean,
    kBinary,
    kDate,
    kTimestamp,
    kTimestampNtz,
    kVariant,
    kVoid,
    kStruct,
    kArray,
    kMap
  };
  Kind kind = Kind::kString;
  int precision = 0, scale = 0;  ///< kDecimal.
  std::vector<Field> fields;     ///< kStruct; kArray: one, "element"; kMap: two, "key" and "value".
};

struct Schema {
  std::vector<Field> fields;
  ColumnMappingMode mapping = ColumnMappingMode::kNone;

  /// By logical name, exact case first, then without case. Null when there is none.
  const Field* Find(std::string_view name) const;
};

/// Depth is bounded to 100 levels. Errors: kCorrupt for JSON that is no schema, kUnsupported for a
/// type this version does not know (named).
Result<Schema> ParseSchema(const Metadata& metadata);

/// What a reader of the table gets: timestamps as timestamp[us, UTC], timestamp_ntz as
/// timestamp[us], decimals as decimal128, void as null, variant as struct<metadata, value>.
std::shared_ptr<arrow::DataType> ToArrowType(const DataType& type);
std::shared_ptr<arrow::Schema> ToArrowSchema(const Schema& schema);

/// A partition value's text as a scalar of the column's Arrow type ("Partition Value
/// Serialization"); absent and empty text are null. Errors: kCorrupt.
Result<std::shared_ptr<arrow::Scalar>> ParsePartitionValue(
    const DataType& type, const std::optional<std::string_view>& text);

}  // namespace sluice::delta
