// The form in which columns of text are handed out: as the table has them, or as another holds
// them, who would otherwise have to make it of each batch.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <memory>
#include <string_view>

#include "base/result.h"

namespace sluice::client {

enum class TextForm {
  kUtf8,        ///< As the table has them.
  kDictionary,  ///< dictionary<int32, utf8>, of which an object a text can be made, not one a row.
  kLarge,       ///< large_utf8.
};

/// `utf8`, `dictionary`, `large_utf8`. Errors: kInvalidArgument.
Result<TextForm> ParseTextForm(std::string_view name);
std::string_view TextFormName(TextForm form);

/// The schema with its columns of text, nested ones apart, in `form`.
std::shared_ptr<arrow::Schema> WithTexts(const arrow::Schema& schema, TextForm form);

/// Of a column of text; kUtf8 for others.
TextForm TextFormOf(const arrow::DataType& type);

/// A column of texts, which is in any form, in `form`. A dictionary may hold texts that no row has:
/// it may be that of the row group. Errors: kCorrupt for a number that is none of its dictionary's;
/// kTooLarge for utf8 of more than RowsOfUtf8().
Result<std::shared_ptr<arrow::ArrayData>> InTextForm(std::shared_ptr<arrow::ArrayData> column,
                                                     TextForm form);

}  // namespace sluice::client
