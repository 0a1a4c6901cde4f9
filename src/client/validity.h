// Which rows of a column are not null, without the column's offset.
#pragma once

#include <arrow/array/data.h>
#include <arrow/buffer.h>

#include <memory>

#include "base/result.h"

namespace sluice::client {

/// The bitmap, from the first row on, and copied only where it must be; null for no nulls.
Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::ArrayData& column);

}  // namespace sluice::client
