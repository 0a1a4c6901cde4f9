#include "client/column_adapter.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/extension_type.h>
#include <arrow/type_traits.h>
#include <parquet/arrow/schema.h>

#include <algorithm>
#include <string_view>

#include "base/arrow_status.h"
#include "client/block_pool.h"
#include "client/shredded_variant.h"
#include "client/text_dictionary.h"

namespace sluice::client {
namespace {

using arrow::ArrayData;
using arrow::Type;
using parquet::arrow::SchemaField;
using ArrayDataPtr = std::shared_ptr<ArrayData>;

bool IsText(Type::type id) {
  return arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
         id == Type::FIXED_SIZE_BINARY;
}

/// Whether a column of type `from` may stand for one of type `to`: the widenings of the format, the
/// forms that writers use for the same type, and integers of any width (each value is checked).
bool MayStandFor(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == Type::NA) return true;
  if (from.id() == Type::DICTIONARY) {
    return MayStandFor(*static_cast<const arrow::DictionaryType&>(from).value_type(), to);
  }
  if (arrow::is_integer(to.id())) return arrow::is_integer(from.id());
  switch (to.id()) {
    case Type::FLOAT:
      return from.id() == Type::HALF_FLOAT || from.id() == Type::FLOAT;
    case Type::DOUBLE:
      return arrow::is_floating(from.id()) || arrow::is_integer(from.id());
    case Type::DECIMAL128:
      return arrow::is_decimal(from.id()) || arrow::is_integer(from.id());
    case Type::STRING:
    case Type::BINARY:
      return IsText(from.id());
    case Type::DATE32:
      return from.id() == Type::DATE64;
    case Type::TIMESTAMP: {
      const bool from_date = from.id() == Type::DATE32 &&
                             static_cast<const arrow::TimestampType&>(to).timezone().empty();
      return from.id() == Type::TIMESTAMP || from_date;
    }
    case Type::NA:
      return true;
    default:
      return false;
  }
}

bool IsListLike(Type::type id) {
  return id == Type::LIST || id == Type::LARGE_LIST || id == Type::FIXED_SIZE_LIST ||
         id == Type::LIST_VIEW || id == Type::LARGE_LIST_VIEW;
}

tl::unexpected<Error> Mismatch(const delta::Field& want, const SchemaField& have) {
  return Fail(ErrorKind::kCorrupt, "the file has {} where the table has {}",
              have.field->type()->ToString(), delta::ToArrowType(*want.type)->ToString());
}

/// What an extension type is made of; any other type itself.
std::shared_ptr<arrow::DataType> StorageOf(const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() != Type::EXTENSION) return type;
  return static_cast<const arrow::ExtensionType&>(*type).storage_type();
}

ArrayDataPtr WithType(const ArrayData& in, std::shared_ptr<arrow::DataType> type) {
  ArrayDataPtr out = in.Copy();
  out->type = std::move(type);
  return out;
}

}  // namespace

Result<ColumnAdapter> ColumnAdapter::MakeLeaf(const delta::Field& want, const SchemaField& have) {
  ColumnAdapter adapter;
  adapter.type_ = delta::ToArrowType(*want.type);
  if (adapter.type_->id() == Type::NA) return adapter;
  const auto from = StorageOf(have.field->type());
  const bool extension = have.field->type()->id() == Type::EXTENSION;
  if (from->Equals(*adapter.type_) && !extension) {
    adapter.kind_ = Kind::kSame;
    return adapter;
  }
  if (!from->Equals(*adapter.type_) && !MayStandFor(*from, *adapter.type_)) {
    return Mismatch(want, have);
  }
  adapter.kind_ = Kind::kCast;
  return adapter;
}

Result<ColumnAdapter> ColumnAdapter::Make(const delta::Field& want, const SchemaField* have,
                                          delta::ColumnMappingMode mapping) {
  using DeltaKind = delta::DataType::Kind;
  ColumnAdapter adapter;
  adapter.type_ = delta::ToArrowType(*want.type);
  if (have == nullptr) return adapter;
  const Type::type from = StorageOf(have->field->type())->id();
  bool fits = true;
  switch (want.type->kind) {
    case DeltaKind::kStruct:
    case DeltaKind::kVariant:
      fits = from == Type::STRUCT;
      break;
    case DeltaKind::kArray:
      fits = IsListLike(from) && have->children.size() == 1;
      break;
    case DeltaKind::kMap:
      fits =
          from == Type::MAP && have->children.size() == 1 && have->children[0].children.size() == 2;
      break;
    default:
      return MakeLeaf(want, *have);
  }
  if (!fits) return Mismatch(want, *have);
  adapter.kind_ = Kind::kNested;
  SLUICE_RETURN_IF_ERROR(want.type->kind == DeltaKind::kVariant
                             ? adapter.AddVariantChildren(*have)
                             : adapter.AddChildren(want, *have, mapping));
  return adapter;
}

Status ColumnAdapter::AddChildren(const delta::Field& want, const SchemaField& have,
                                  delta::ColumnMappingMode mapping) {
  using DeltaKind = delta::DataType::Kind;
  // A map's key and value sit in the struct that is its only child.
  const auto& sources =
      want.type->kind == DeltaKind::kMap ? have.children[0].children : have.children;
  for (std::size_t i = 0; i < want.type->fields.size(); ++i) {
    const delta::Field& field = want.type->fields[i];
    const SchemaField* source = nullptr;
    if (want.type->kind == DeltaKind::kStruct) {
      auto found = FindField(field, sources, mapping);
      if (!found) return Fail(found.error().At(field.name));
      source = *found;
    } else {
      source = &sources[i];
    }
    auto child = Make(field, source, mapping);
    if (!child) return Fail(child.error().At(field.name));
    children_.push_back(*std::move(child));
    sources_.push_back(source == nullptr ? -1 : static_cast<int>(source - sources.data()));
  }
  return {};
}

Status ColumnAdapter::AddVariantChildren(const SchemaField& have) {
  const auto find = [&have](std::string_view name) {
    return std::find_if(have.children.begin(), have.children.end(),
                        [name](const SchemaField& child) { return child.field->name() == name; });
  };
  if (find("typed_value") != have.children.end()) {
    kind_ = Kind::kShredded;
    return CheckShreddedVariant(StorageOf(have.field->type()));
  }
  for (const std::string name : {"metadata", "value"}) {
    const auto source = find(name);
    if (source == have.children.end()) {
      return Fail(ErrorKind::kCorrupt, "the file has a variant without '{}'", name);
    }
    delta::DataType binary;
    binary.kind = delta::DataType::Kind::kBinary;
    delta::Field field;
    field.name = name;
    field.type = std::make_shared<const delta::DataType>(binary);
    SLUICE_TRY(ColumnAdapter child, MakeLeaf(field, *source));
    children_.push_back(std::move(child));
    sources_.push_back(static_cast<int>(source - have.children.begin()));
  }
  return {};
}

Result<ArrayDataPtr> ColumnAdapter::Apply(ArrayDataPtr in, std::int64_t length) const {
  if (in != nullptr && in->type->id() == Type::EXTENSION) in = WithType(*in, StorageOf(in->type));
  switch (in == nullptr ? Kind::kMissing : kind_) {
    case Kind::kMissing: {
      SLUICE_TRY(const auto nulls, FromArrow(arrow::MakeArrayOfNull(type_, length), "nulls"));
      return nulls->data();
    }
    case Kind::kSame:
      return in;
    case Kind::kCast:
      return Cast(std::move(in));
    case Kind::kNested:
      return ApplyNested(in);
    case Kind::kShredded:
      return JoinShreddedVariant(in);
  }
  return in;
}

Result<ArrayDataPtr> ColumnAdapter::Cast(ArrayDataPtr in) const {
  if (type_->id() == Type::TIMESTAMP && in->type->id() == Type::TIMESTAMP) {
    // An instant has the same number in every zone, and files without one mean UTC.
    const auto unit = static_cast<const arrow::TimestampType&>(*in->type).unit();
    const auto& zone = static_cast<const arrow::TimestampType&>(*type_).timezone();
    in = WithType(*in, arrow::timestamp(unit, zone));
  }
  if (in->type->Equals(*type_)) return in;
  // A file may say that its column is a dictionary, whose numbers the cast takes as they are.
  if (in->type->id() == Type::DICTIONARY) SLUICE_RETURN_IF_ERROR(CheckNumbers(*in));
  auto options = arrow::compute::CastOptions::Safe(type_);
  options.allow_time_truncate = true;  // Finer than the table's microseconds.
  arrow::compute::ExecContext context(ScanMemory());
  SLUICE_TRY(const arrow::Datum out,
             FromArrow(arrow::compute::Cast(arrow::Datum(in), options, &context),
                       fmt::format("from {} to {}", in->type->ToString(), type_->ToString())));
  return out.array();
}

Result<ArrayDataPtr> ColumnAdapter::ApplyNested(const ArrayDataPtr& in) const {
  ArrayDataPtr source = in;
  if (type_->id() == Type::LIST && in->type->id() != Type::LIST) {
    const auto list = arrow::list(in->type->field(0));
    SLUICE_TRY(const arrow::Datum cast,
               FromArrow(arrow::compute::Cast(arrow::Datum(in), list), in->type->ToString()));
    source = cast.array();
  }
  // Children are adapted whole, so that the parent's offset stays true for them.
  ArrayDataPtr out = WithType(*source, type_);
  const bool is_map = type_->id() == Type::MAP;
  const ArrayData& parent = is_map ? *source->child_data[0] : *source;
  std::vector<ArrayDataPtr> children;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const ArrayDataPtr child =
        sources_[i] < 0 ? nullptr : parent.child_data[static_cast<std::size_t>(sources_[i])];
    SLUICE_TRY(auto adapted, children_[i].Apply(child, parent.offset + parent.length));
    children.push_back(std::move(adapted));
  }
  if (is_map) {
    ArrayDataPtr entries = WithType(parent, type_->field(0)->type());
    entries->child_data = std::move(children);
    out->child_data = {std::move(entries)};
  } else {
    out->child_data = std::move(children);
  }
  return out;
}

}  // namespace sluice::client
