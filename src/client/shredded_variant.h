// Variants whose values, or fields of them, lie in typed columns of their own, as Parquet's
// VariantShredding.md has them, put together again.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <memory>

#include "base/result.h"

namespace sluice::client {

/// Whether a file's variant of this type, a struct, can be put together. Errors, which name the
/// field within: kUnsupported for a type that shredded values do not have, kCorrupt where it is no
/// variant.
Status CheckShreddedVariant(const std::shared_ptr<arrow::DataType>& type);

/// `in` of a type that was checked: a struct with `metadata`, and `value`, `typed_value` or both.
/// Comes out as struct<metadata: binary, value: binary>, with the same nulls; integers have the
/// width of their column. Errors: kCorrupt where a row contradicts itself or its metadata,
/// kTooLarge for 2 GiB of values.
Result<std::shared_ptr<arrow::ArrayData>> JoinShreddedVariant(
    const std::shared_ptr<arrow::ArrayData>& in);

}  // namespace sluice::client
