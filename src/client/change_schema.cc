#include "client/change_schema.h"

#include <algorithm>

#include "client/scan_plan.h"
#include "client/text.h"

namespace sluice::client {
namespace {

using delta::DataType;
using delta::Field;
using Kind = DataType::Kind;

/// Place of an integer type among those that widen into each other; 0 for other types.
int IntegerRank(Kind kind) {
  switch (kind) {
    case Kind::kByte:
      return 1;
    case Kind::kShort:
      return 2;
    case Kind::kInteger:
      return 3;
    case Kind::kLong:
      return 4;
    default:
      return 0;
  }
}

/// Digits before the decimal point that every value of an integer type fits into.
int IntegerDigits(int rank) {
  return rank <= 3 ? 10 : 20;
}

/// "Type Widening" of the table format.
bool Widens(const DataType& then, const DataType& now) {
  const int rank = IntegerRank(then.kind);
  switch (now.kind) {
    case Kind::kShort:
    case Kind::kInteger:
    case Kind::kLong:
      return rank > 0 && rank < IntegerRank(now.kind);
    case Kind::kDouble:
      return then.kind == Kind::kFloat || (rank > 0 && rank < IntegerRank(Kind::kLong));
    case Kind::kDecimal: {
      const int digits = now.precision - now.scale;
      if (rank > 0) return digits >= IntegerDigits(rank);
      return then.kind == Kind::kDecimal && now.scale >= then.scale &&
             digits >= then.precision - then.scale;
    }
    case Kind::kTimestampNtz:
      return then.kind == Kind::kDate;
    default:
      return false;
  }
}

const Field* FindByName(const std::vector<Field>& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return ToLower(field.name) == ToLower(name);
  });
  return found == fields.end() ? nullptr : &*found;
}

Status CheckType(const DataType& then, const DataType& now, const std::string& path);

Status CheckFields(const std::vector<Field>& then, const std::vector<Field>& now,
                   const std::string& prefix) {
  for (const Field& field : then) {
    const std::string path = prefix + field.name;
    const Field* kept = FindByName(now, field.name);
    if (kept == nullptr || kept->physical_name != field.physical_name) {
      return Fail(ErrorKind::kUnsupported, "column '{}' was renamed or dropped", path);
    }
    SLUICE_RETURN_IF_ERROR(CheckType(*field.type, *kept->type, path));
  }
  return {};
}

Status CheckType(const DataType& then, const DataType& now, const std::string& path) {
  if (then.kind == Kind::kVoid) return {};
  if (then.kind != now.kind || then.kind == Kind::kDecimal) {
    const bool same =
        then.kind == now.kind && then.precision == now.precision && then.scale == now.scale;
    if (same || Widens(then, now)) return {};
    return Fail(ErrorKind::kUnsupported, "column '{}' changed its type from {} to {}", path,
                delta::ToArrowType(then)->ToString(), delta::ToArrowType(now)->ToString());
  }
  if (then.kind == Kind::kStruct) return CheckFields(then.fields, now.fields, path + ".");
  // The parts of arrays and maps have no names of their own.
  for (std::size_t i = 0; i < then.fields.size(); ++i) {
    const std::string part = path + "." + then.fields[i].name;
    SLUICE_RETURN_IF_ERROR(CheckType(*then.fields[i].type, *now.fields[i].type, part));
  }
  return {};
}

Status CheckSchemas(const protocol::MetadataLine& then, const protocol::MetadataLine& now) {
  SLUICE_TRY(const delta::Schema before, SchemaOf(then));
  SLUICE_TRY(const delta::Schema after, SchemaOf(now));
  if (before.mapping != delta::ColumnMappingMode::kNone && after.mapping != before.mapping) {
    return Fail(ErrorKind::kUnsupported, "column mapping was changed");
  }
  if (then.partition_columns != now.partition_columns) {
    return Fail(ErrorKind::kUnsupported, "the partition columns were changed");
  }
  return CheckFields(before.fields, after.fields, "");
}

}  // namespace

Status CheckReadableAs(const protocol::MetadataLine& then, const protocol::MetadataLine& now) {
  Status status = CheckSchemas(then, now);
  if (status || status.error().kind != ErrorKind::kUnsupported) return status;
  Error error = std::move(status).error();
  error.message = fmt::format(
      "{} after version {}: the changes before and after cannot be read together; "
      "read them in two parts",
      error.message, then.version.value_or(0));
  return Fail(std::move(error));
}

}  // namespace sluice::client
