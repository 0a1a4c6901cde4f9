#include "client/validity.h"

#include <arrow/util/bitmap_ops.h>

#include "base/arrow_status.h"
#include "client/block_pool.h"

namespace sluice::client {

Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::ArrayData& column) {
  if (column.GetNullCount() == 0) return nullptr;
  if (column.offset == 0) return column.buffers[0];
  return FromArrow(arrow::internal::CopyBitmap(ScanMemory(), column.buffers[0]->data(),
                                               column.offset, column.length),
                   "nulls");
}

}  // namespace sluice::client
