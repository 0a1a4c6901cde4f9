#include "client/text_dictionaries.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>

#include <algorithm>
#include <utility>

#include "base/arrow_status.h"
#include "client/block_pool.h"

namespace sluice::client {
namespace {

const std::shared_ptr<arrow::DataType>& TextDictionary() {
  static const std::shared_ptr<arrow::DataType> type =
      arrow::dictionary(arrow::int32(), arrow::utf8());
  return type;
}

/// The reader of Parquet looks up texts within their dictionary, but hands out numbers as they are.
Status CheckNumbers(const arrow::ArrayData& column) {
  const auto texts = static_cast<std::uint32_t>(column.dictionary->length);
  const auto* const numbers = column.GetValues<std::uint32_t>(1);
  std::uint32_t most = 0;
  if (column.GetNullCount() == 0) {
    for (std::int64_t i = 0; i < column.length; ++i) most = std::max(most, numbers[i]);
  } else {
    for (std::int64_t i = 0; i < column.length; ++i) {
      if (column.IsValid(i)) most = std::max(most, numbers[i]);
    }
  }
  if (most < texts || column.GetNullCount() == column.length) return {};
  return Fail(ErrorKind::kCorrupt, "a dictionary of {} texts has no text {}", texts, most);
}

}  // namespace

std::shared_ptr<arrow::Schema> WithTextDictionaries(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    const bool text = field->type()->id() == arrow::Type::STRING;
    fields.push_back(text ? field->WithType(TextDictionary()) : field);
  }
  return arrow::schema(std::move(fields), schema.metadata());
}

bool IsTextDictionary(const arrow::DataType& type) {
  return type.Equals(*TextDictionary());
}

Result<std::shared_ptr<arrow::ArrayData>> AsTextDictionary(
    std::shared_ptr<arrow::ArrayData> column) {
  if (IsTextDictionary(*column->type)) {
    SLUICE_RETURN_IF_ERROR(CheckNumbers(*column));
    return column;
  }
  arrow::compute::ExecContext context(ScanMemory());
  SLUICE_TRY(const arrow::Datum encoded,
             FromArrow(arrow::compute::DictionaryEncode(
                           arrow::Datum(std::move(column)),
                           arrow::compute::DictionaryEncodeOptions::Defaults(), &context),
                       "dictionary"));
  return encoded.array();
}

}  // namespace sluice::client
