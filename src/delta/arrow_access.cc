#include "delta/arrow_access.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <fmt/format.h>

#include <limits>

#include "base/arrow_status.h"

namespace sluice::delta {
namespace {

tl::unexpected<Error> WrongType(const arrow::Array& array, std::string_view expected,
                                std::string_view place) {
  return Fail(ErrorKind::kCorrupt, "{}: not {} but {}", place, expected, array.type()->ToString());
}

template <typename Source>
Result<std::shared_ptr<arrow::StringArray>> CopyText(const arrow::Array& array,
                                                     std::string_view place) {
  const auto& source = static_cast<const Source&>(array);
  arrow::StringBuilder builder;
  for (std::int64_t i = 0; i < source.length(); ++i) {
    SLUICE_RETURN_IF_ARROW(
        source.IsNull(i) ? builder.AppendNull() : builder.Append(source.GetView(i)), place);
  }
  std::shared_ptr<arrow::StringArray> text;
  SLUICE_RETURN_IF_ARROW(builder.Finish(&text), place);
  return text;
}

Result<std::shared_ptr<arrow::StringArray>> DecodeText(const arrow::Array& array,
                                                       std::string_view place) {
  const auto& encoded = static_cast<const arrow::DictionaryArray&>(array);
  SLUICE_TRY(const auto values, AsText(encoded.dictionary(), place));
  arrow::StringBuilder builder;
  for (std::int64_t i = 0; i < encoded.length(); ++i) {
    const auto value = encoded.IsNull(i) ? -1 : encoded.GetValueIndex(i);
    SLUICE_RETURN_IF_ARROW(value < 0 || values->IsNull(value)
                               ? builder.AppendNull()
                               : builder.Append(values->GetView(value)),
                           place);
  }
  std::shared_ptr<arrow::StringArray> text;
  SLUICE_RETURN_IF_ARROW(builder.Finish(&text), place);
  return text;
}

/// The value of any signed integer array; nullopt for a type that is none.
std::optional<std::int64_t> IntegerAt(const arrow::Array& array, std::int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Array&>(array).Value(row);
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Array&>(array).Value(row);
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Array&>(array).Value(row);
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Array&>(array).Value(row);
    default:
      return std::nullopt;
  }
}

template <typename Target>
Result<std::shared_ptr<arrow::NumericArray<Target>>> CopyIntegers(const arrow::Array& array,
                                                                  std::string_view place) {
  using Value = typename Target::c_type;
  arrow::NumericBuilder<Target> builder;
  for (std::int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) {
      SLUICE_RETURN_IF_ARROW(builder.AppendNull(), place);
      continue;
    }
    const auto value = IntegerAt(array, i);
    if (!value) return WrongType(array, "an integer", place);
    if (*value < std::numeric_limits<Value>::min() || *value > std::numeric_limits<Value>::max()) {
      return Fail(ErrorKind::kCorrupt, "{}: {} is out of range", place, *value);
    }
    SLUICE_RETURN_IF_ARROW(builder.Append(static_cast<Value>(*value)), place);
  }
  std::shared_ptr<arrow::NumericArray<Target>> integers;
  SLUICE_RETURN_IF_ARROW(builder.Finish(&integers), place);
  return integers;
}

}  // namespace

Result<std::shared_ptr<arrow::StringArray>> AsText(const std::shared_ptr<arrow::Array>& array,
                                                   std::string_view place) {
  switch (array->type_id()) {
    case arrow::Type::STRING:
      return std::static_pointer_cast<arrow::StringArray>(array);
    case arrow::Type::BINARY:
      return CopyText<arrow::BinaryArray>(*array, place);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return CopyText<arrow::LargeBinaryArray>(*array, place);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return CopyText<arrow::BinaryViewArray>(*array, place);
    case arrow::Type::DICTIONARY:
      return DecodeText(*array, place);
    default:
      return WrongType(*array, "a string", place);
  }
}

Result<std::shared_ptr<arrow::Int64Array>> AsInt64(const std::shared_ptr<arrow::Array>& array,
                                                   std::string_view place) {
  if (array->type_id() == arrow::Type::INT64) {
    return std::static_pointer_cast<arrow::Int64Array>(array);
  }
  return CopyIntegers<arrow::Int64Type>(*array, place);
}

Result<std::shared_ptr<arrow::Int32Array>> AsInt32(const std::shared_ptr<arrow::Array>& array,
                                                   std::string_view place) {
  if (array->type_id() == arrow::Type::INT32) {
    return std::static_pointer_cast<arrow::Int32Array>(array);
  }
  return CopyIntegers<arrow::Int32Type>(*array, place);
}

Result<std::shared_ptr<arrow::StructArray>> AsStruct(const std::shared_ptr<arrow::Array>& array,
                                                     std::string_view place) {
  if (array == nullptr) return std::shared_ptr<arrow::StructArray>();
  if (array->type_id() != arrow::Type::STRUCT) return WrongType(*array, "a struct", place);
  return std::static_pointer_cast<arrow::StructArray>(array);
}

std::string StructRow::Place(std::string_view name) const {
  return fmt::format("{}.{}", place_, name);
}

std::shared_ptr<arrow::Array> StructRow::Member(std::string_view name) const {
  auto member = array_.GetFieldByName(std::string(name));
  if (member == nullptr || member->IsNull(row_)) return nullptr;
  return member->Slice(row_, 1);
}

Result<std::optional<std::string>> StructRow::Text(std::string_view name) const {
  const auto member = Member(name);
  if (member == nullptr) return std::nullopt;
  SLUICE_TRY(const auto text, AsText(member, Place(name)));
  return text->GetString(0);
}

Result<std::optional<std::int64_t>> StructRow::Integer(std::string_view name) const {
  const auto member = Member(name);
  if (member == nullptr) return std::nullopt;
  SLUICE_TRY(const auto integer, AsInt64(member, Place(name)));
  return integer->Value(0);
}

Result<std::optional<std::vector<std::string>>> StructRow::Texts(std::string_view name) const {
  const auto member = Member(name);
  if (member == nullptr) return std::nullopt;
  std::shared_ptr<arrow::Array> values;
  if (member->type_id() == arrow::Type::LIST) {
    values = static_cast<const arrow::ListArray&>(*member).value_slice(0);
  } else if (member->type_id() == arrow::Type::LARGE_LIST) {
    values = static_cast<const arrow::LargeListArray&>(*member).value_slice(0);
  } else {
    return WrongType(*member, "a list", Place(name));
  }
  SLUICE_TRY(const auto text, AsText(values, Place(name)));
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < text->length(); ++i) texts.push_back(text->GetString(i));
  return texts;
}

Result<std::vector<Option>> StructRow::Options(std::string_view name) const {
  std::vector<Option> options;
  const auto member = Member(name);
  if (member == nullptr) return options;
  if (member->type_id() != arrow::Type::MAP) return WrongType(*member, "a map", Place(name));
  const auto& map = static_cast<const arrow::MapArray&>(*member);
  SLUICE_TRY(const auto keys, AsText(map.keys(), Place(name)));
  SLUICE_TRY(const auto items, AsText(map.items(), Place(name)));
  for (auto i = map.value_offset(0); i < map.value_offset(1); ++i) {
    if (items->IsValid(i)) options.emplace_back(keys->GetString(i), items->GetString(i));
  }
  return options;
}

Result<std::shared_ptr<arrow::StructArray>> StructRow::Struct(std::string_view name) const {
  return AsStruct(Member(name), Place(name));
}

}  // namespace sluice::delta
