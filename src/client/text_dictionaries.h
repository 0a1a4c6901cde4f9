// Texts as numbers of their dictionary: many rows mostly have few texts, and who makes an object of
// each would rather make it once.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <memory>

#include "base/result.h"

namespace sluice::client {

/// The schema with its columns of text, nested ones apart, as dictionary<int32, utf8>.
std::shared_ptr<arrow::Schema> WithTextDictionaries(const arrow::Schema& schema);

bool IsTextDictionary(const arrow::DataType& type);

/// A column of texts in that form, which it may have already. Its dictionary may hold texts that no
/// row has: it may be that of the row group. Errors: kCorrupt for a number that is none of
/// its dictionary's.
Result<std::shared_ptr<arrow::ArrayData>> AsTextDictionary(
    std::shared_ptr<arrow::ArrayData> column);

}  // namespace sluice::client
