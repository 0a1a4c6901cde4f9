#include "client/shredded_variant.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/extension_type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/arrow_status.h"
#include "client/block_pool.h"
#include "client/validity.h"
#include "client/variant_encoding.h"

namespace sluice::client {
namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;

constexpr int kUuidBytes = 16;

Result<ArrayPtr> CastTo(const ArrayPtr& array, const std::shared_ptr<arrow::DataType>& type) {
  if (array->type_id() == type->id()) return array;
  arrow::compute::ExecContext context(ScanMemory());
  SLUICE_TRY(const arrow::Datum cast,
             FromArrow(arrow::compute::Cast(arrow::Datum(array), type,
                                            arrow::compute::CastOptions::Safe(), &context),
                       array->type()->ToString()));
  return cast.make_array();
}

/// The type of primitive values in such a column; none: it has no such values.
std::optional<VariantPrimitive> PrimitiveOf(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
      return VariantPrimitive::kTrue;
    case Type::INT8:
      return VariantPrimitive::kInt8;
    case Type::INT16:
      return VariantPrimitive::kInt16;
    case Type::INT32:
      return VariantPrimitive::kInt32;
    case Type::INT64:
      return VariantPrimitive::kInt64;
    case Type::FLOAT:
      return VariantPrimitive::kFloat;
    case Type::DOUBLE:
      return VariantPrimitive::kDouble;
    case Type::DECIMAL128:
      return VariantPrimitive::kDecimal16;
    case Type::DATE32:
      return VariantPrimitive::kDate;
    case Type::STRING:
      return VariantPrimitive::kString;
    case Type::BINARY:
      return VariantPrimitive::kBinary;
    case Type::FIXED_SIZE_BINARY:
      if (type.byte_width() == kUuidBytes) return VariantPrimitive::kUuid;
      return std::nullopt;
    case Type::TIME64: {
      const bool micros =
          static_cast<const arrow::Time64Type&>(type).unit() == arrow::TimeUnit::MICRO;
      return micros ? std::optional(VariantPrimitive::kTimeMicros) : std::nullopt;
    }
    case Type::TIMESTAMP: {
      const auto& time = static_cast<const arrow::TimestampType&>(type);
      const bool zone = !time.timezone().empty();
      if (time.unit() == arrow::TimeUnit::MICRO) {
        return zone ? VariantPrimitive::kTimestampMicros : VariantPrimitive::kTimestampNtzMicros;
      }
      if (time.unit() != arrow::TimeUnit::NANO) return std::nullopt;
      return zone ? VariantPrimitive::kTimestampNanos : VariantPrimitive::kTimestampNtzNanos;
    }
    default:
      return std::nullopt;
  }
}

/// A value apart takes the least of three widths that holds it.
void AppendDecimal(const arrow::Decimal128Array& array, std::int64_t row, std::string* out) {
  const arrow::Decimal128 value(array.GetValue(row));
  std::string data(
      1, static_cast<char>(static_cast<const arrow::Decimal128Type&>(*array.type()).scale()));
  const auto bytes = value.ToBytes();
  auto type = VariantPrimitive::kDecimal16;
  std::size_t width = bytes.size();
  if (value.FitsInPrecision(9)) {
    type = VariantPrimitive::kDecimal4;
    width = 4;
  } else if (value.FitsInPrecision(18)) {
    type = VariantPrimitive::kDecimal8;
    width = 8;
  }
  data.append(reinterpret_cast<const char*>(bytes.data()), width);
  AppendVariantPrimitive(type, data, out);
}

void AppendPrimitive(const arrow::Array& array, VariantPrimitive type, std::int64_t row,
                     std::string* out) {
  switch (type) {
    case VariantPrimitive::kTrue: {
      const bool value = static_cast<const arrow::BooleanArray&>(array).Value(row);
      return AppendVariantPrimitive(value ? type : VariantPrimitive::kFalse, {}, out);
    }
    case VariantPrimitive::kDecimal16:
      return AppendDecimal(static_cast<const arrow::Decimal128Array&>(array), row, out);
    case VariantPrimitive::kString:
      return AppendVariantString(static_cast<const arrow::StringArray&>(array).GetView(row), out);
    case VariantPrimitive::kBinary:
      return AppendVariantBinary(static_cast<const arrow::BinaryArray&>(array).GetView(row), out);
    default: {
      // Numbers, times and UUIDs are as long, and lie in memory as they are encoded.
      const auto width = static_cast<std::size_t>(array.type()->byte_width());
      const auto at = static_cast<std::size_t>(array.offset() + row) * width;
      const auto* const values = reinterpret_cast<const char*>(array.data()->buffers[1]->data());
      return AppendVariantPrimitive(type, {values + at, width}, out);
    }
  }
}

/// One value of each row, in `value`, `typed_value` or, of an object, in both.
class Part {
 public:
  static Result<Part> Make(const ArrayPtr& group);

  /// False where the row has none.
  Result<bool> Append(std::int64_t row, const VariantNames& names, std::string* out) const;

 private:
  Status SetTyped(const ArrayPtr& typed);
  Status AppendObject(std::int64_t row, const VariantNames& names, std::string* out) const;
  Status AppendArray(std::int64_t row, const VariantNames& names, std::string* out) const;

  ArrayPtr group_;
  std::shared_ptr<arrow::BinaryArray> value_;  ///< Null: none.
  ArrayPtr typed_;                             ///< Null: none. Else one of:
  std::optional<VariantPrimitive> primitive_;
  std::vector<std::pair<std::string, Part>> fields_;
  std::vector<Part> element_;  ///< One, for arrays.
};

Result<Part> Part::Make(const ArrayPtr& group) {
  if (group->type_id() != Type::STRUCT) {
    return Fail(ErrorKind::kCorrupt, "{} is no value of a variant", group->type()->ToString());
  }
  const auto& members = static_cast<const arrow::StructArray&>(*group);
  Part part;
  part.group_ = group;
  if (const ArrayPtr value = members.GetFieldByName("value"); value != nullptr) {
    SLUICE_TRY(const ArrayPtr binary, CastTo(value, arrow::binary()));
    part.value_ = std::static_pointer_cast<arrow::BinaryArray>(binary);
  }
  if (const ArrayPtr typed = members.GetFieldByName("typed_value"); typed != nullptr) {
    SLUICE_RETURN_IF_ERROR(part.SetTyped(typed));
  }
  if (part.value_ == nullptr && part.typed_ == nullptr) {
    return Fail(ErrorKind::kCorrupt, "a variant has neither value nor typed_value");
  }
  return part;
}

Status Part::SetTyped(const ArrayPtr& typed) {
  typed_ = typed;
  if (typed_->type_id() == Type::EXTENSION) {
    typed_ = static_cast<const arrow::ExtensionArray&>(*typed_).storage();
  }
  if (typed_->type_id() == Type::STRUCT) {
    const auto& members = static_cast<const arrow::StructArray&>(*typed_);
    for (int i = 0; i < members.num_fields(); ++i) {
      const std::string& name = members.type()->field(i)->name();
      auto field = Make(members.field(i));
      if (!field) return Fail(field.error().At(name));
      fields_.emplace_back(name, *std::move(field));
    }
    return {};
  }
  if (arrow::is_list_like(typed_->type_id())) {
    SLUICE_TRY(typed_, CastTo(typed_, arrow::list(typed_->type()->field(0))));
    auto element = Make(static_cast<const arrow::ListArray&>(*typed_).values());
    if (!element) return Fail(element.error().At("element"));
    element_.push_back(*std::move(element));
    return {};
  }
  if (arrow::is_string(typed_->type_id()) || typed_->type_id() == Type::STRING_VIEW) {
    SLUICE_TRY(typed_, CastTo(typed_, arrow::utf8()));
  } else if (arrow::is_binary_like(typed_->type_id()) || typed_->type_id() == Type::BINARY_VIEW) {
    SLUICE_TRY(typed_, CastTo(typed_, arrow::binary()));
  }
  primitive_ = PrimitiveOf(*typed_->type());
  if (primitive_) return {};
  return Fail(ErrorKind::kUnsupported, "a shredded variant of {}", typed_->type()->ToString());
}

Result<bool> Part::Append(std::int64_t row, const VariantNames& names, std::string* out) const {
  if (group_->IsNull(row)) return false;
  const bool has_value = value_ != nullptr && value_->IsValid(row);
  if (typed_ == nullptr || typed_->IsNull(row)) {
    if (has_value) out->append(value_->GetView(row));
    return has_value;
  }
  if (typed_->type_id() == Type::STRUCT) {
    SLUICE_RETURN_IF_ERROR(AppendObject(row, names, out));
    return true;
  }
  if (has_value) {
    return Fail(ErrorKind::kCorrupt, "a variant that is no object has both value and typed_value");
  }
  if (primitive_) {
    AppendPrimitive(*typed_, *primitive_, row, out);
  } else {
    SLUICE_RETURN_IF_ERROR(AppendArray(row, names, out));
  }
  return true;
}

Status Part::AppendObject(std::int64_t row, const VariantNames& names, std::string* out) const {
  std::vector<VariantField> fields;
  for (const auto& [name, part] : fields_) {
    VariantField field;
    SLUICE_TRY(const bool there, part.Append(row, names, &field.value));
    if (!there) continue;
    const auto id = names.Find(name);
    if (!id) {
      return Fail(ErrorKind::kCorrupt, "the metadata of a variant does not have its field '{}'",
                  name.substr(0, 64));
    }
    field.name = name;
    field.id = *id;
    fields.push_back(std::move(field));
  }
  if (value_ != nullptr && value_->IsValid(row)) {
    SLUICE_TRY(auto others, ReadVariantObject(value_->GetView(row), names));
    for (VariantField& other : others) {
      const bool apart = std::any_of(fields_.begin(), fields_.end(), [&other](const auto& field) {
        return field.first == other.name;
      });
      if (!apart) fields.push_back(std::move(other));
    }
  }
  AppendVariantObject(std::move(fields), out);
  return {};
}

Status Part::AppendArray(std::int64_t row, const VariantNames& names, std::string* out) const {
  const auto& lists = static_cast<const arrow::ListArray&>(*typed_);
  std::vector<std::string> elements(static_cast<std::size_t>(lists.value_length(row)));
  std::int64_t at = lists.value_offset(row);
  for (std::string& element : elements) {
    SLUICE_TRY(const bool there, element_.front().Append(at++, names, &element));
    if (!there) AppendVariantPrimitive(VariantPrimitive::kNull, {}, &element);
  }
  AppendVariantArray(elements, out);
  return {};
}

/// Rows mostly have the metadata of the one before.
class NamesOfRows {
 public:
  Result<const VariantNames*> Of(std::string_view metadata) {
    if (!names_ || metadata != metadata_) {
      names_.reset();
      SLUICE_TRY(names_, VariantNames::Read(metadata));
      metadata_ = metadata;
    }
    return &*names_;
  }

 private:
  std::string_view metadata_;
  std::optional<VariantNames> names_;
};

Result<std::shared_ptr<arrow::BinaryArray>> MetadataOf(const arrow::StructArray& variants) {
  const ArrayPtr metadata = variants.GetFieldByName("metadata");
  if (metadata == nullptr) return Fail(ErrorKind::kCorrupt, "a variant has no metadata");
  SLUICE_TRY(const ArrayPtr binary, CastTo(metadata, arrow::binary()));
  return std::static_pointer_cast<arrow::BinaryArray>(binary);
}

Result<ArrayPtr> ValuesOf(const arrow::StructArray& variants, const arrow::BinaryArray& metadata,
                          const Part& part) {
  arrow::BinaryBuilder builder(ScanMemory());
  NamesOfRows names;
  std::string value;
  for (std::int64_t row = 0; row < variants.length(); ++row) {
    value.clear();
    if (variants.IsValid(row)) {
      if (metadata.IsNull(row)) return Fail(ErrorKind::kCorrupt, "a variant has no metadata");
      SLUICE_TRY(const VariantNames* of_row, names.Of(metadata.GetView(row)));
      SLUICE_TRY(const bool there, part.Append(row, *of_row, &value));
      if (!there) AppendVariantPrimitive(VariantPrimitive::kNull, {}, &value);
    }
    if (const arrow::Status status = builder.Append(value); !status.ok()) {
      return Fail(ErrorKind::kTooLarge, "variants: {}", status.message());
    }
  }
  return FromArrow(builder.Finish(), "variants");
}

}  // namespace

Status CheckShreddedVariant(const std::shared_ptr<arrow::DataType>& type) {
  SLUICE_TRY(const ArrayPtr none, FromArrow(arrow::MakeEmptyArray(type), "variant"));
  SLUICE_RETURN_IF_ERROR(Part::Make(none));
  SLUICE_RETURN_IF_ERROR(MetadataOf(static_cast<const arrow::StructArray&>(*none)));
  return {};
}

Result<std::shared_ptr<arrow::ArrayData>> JoinShreddedVariant(
    const std::shared_ptr<arrow::ArrayData>& in) {
  const ArrayPtr array = arrow::MakeArray(in);
  SLUICE_TRY(const Part part, Part::Make(array));
  const auto& variants = static_cast<const arrow::StructArray&>(*array);
  SLUICE_TRY(const auto metadata, MetadataOf(variants));
  SLUICE_TRY(ArrayPtr values, ValuesOf(variants, *metadata, part));
  SLUICE_TRY(auto validity, ValidityOf(*in));
  const auto type = arrow::struct_({arrow::field("metadata", arrow::binary(), false),
                                    arrow::field("value", arrow::binary(), false)});
  return arrow::ArrayData::Make(type, in->length, {std::move(validity)},
                                {metadata->data(), values->data()}, in->GetNullCount());
}

}  // namespace sluice::client
