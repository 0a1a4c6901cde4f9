#include "client/text_form.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>

#include <array>
#include <utility>

#include "base/arrow_status.h"
#include "client/block_pool.h"
#include "client/text_dictionary.h"

namespace sluice::client {
namespace {

constexpr std::array<std::pair<TextForm, std::string_view>, 3> kNames = {{
    {TextForm::kUtf8, "utf8"},
    {TextForm::kDictionary, "dictionary"},
    {TextForm::kLarge, "large_utf8"},
}};

const std::shared_ptr<arrow::DataType>& TextDictionary() {
  static const std::shared_ptr<arrow::DataType> type =
      arrow::dictionary(arrow::int32(), arrow::utf8());
  return type;
}

std::shared_ptr<arrow::DataType> TypeOf(TextForm form) {
  if (form == TextForm::kDictionary) return TextDictionary();
  return form == TextForm::kLarge ? arrow::large_utf8() : arrow::utf8();
}

}  // namespace

Result<TextForm> ParseTextForm(std::string_view name) {
  for (const auto& [form, of_form] : kNames) {
    if (of_form == name) return form;
  }
  return Fail(ErrorKind::kInvalidArgument, "'{}' is none of utf8, dictionary and large_utf8", name);
}

std::string_view TextFormName(TextForm form) {
  return kNames[static_cast<std::size_t>(form)].second;
}

std::shared_ptr<arrow::Schema> WithTexts(const arrow::Schema& schema, TextForm form) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    const bool text = field->type()->id() == arrow::Type::STRING;
    fields.push_back(text ? field->WithType(TypeOf(form)) : field);
  }
  return arrow::schema(std::move(fields), schema.metadata());
}

TextForm TextFormOf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::LARGE_STRING) return TextForm::kLarge;
  return type.Equals(*TextDictionary()) ? TextForm::kDictionary : TextForm::kUtf8;
}

Result<std::shared_ptr<arrow::ArrayData>> InTextForm(std::shared_ptr<arrow::ArrayData> column,
                                                     TextForm form) {
  const TextForm given = TextFormOf(*column->type);
  if (given == TextForm::kDictionary) {
    if (form == TextForm::kLarge) return LookUpTexts<std::int64_t>(*column);
    if (form == TextForm::kUtf8) return LookUpTexts<std::int32_t>(*column);
    SLUICE_RETURN_IF_ERROR(CheckNumbers(*column));
  }
  if (given == form) return column;
  arrow::compute::ExecContext context(ScanMemory());
  const arrow::Datum texts(std::move(column));
  SLUICE_TRY(
      const arrow::Datum made,
      FromArrow(form == TextForm::kDictionary
                    ? arrow::compute::DictionaryEncode(
                          texts, arrow::compute::DictionaryEncodeOptions::Defaults(), &context)
                    : arrow::compute::Cast(texts, TypeOf(form), arrow::compute::CastOptions::Safe(),
                                           &context),
                "texts"));
  return made.array();
}

}  // namespace sluice::client
