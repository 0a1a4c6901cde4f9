#include <fmt/format.h>

#include "base/encoding.h"
#include "delta/schema_json.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;

/// Of a type that has no types in it.
std::string PrimitiveText(const DataType& type) {
  switch (type.kind) {
    case Kind::kLong:
      return "long";
    case Kind::kInteger:
      return "integer";
    case Kind::kShort:
      return "short";
    case Kind::kByte:
      return "byte";
    case Kind::kFloat:
      return "float";
    case Kind::kDouble:
      return "double";
    case Kind::kDecimal:
      return fmt::format("decimal({},{})", type.precision, type.scale);
    case Kind::kBoolean:
      return "boolean";
    case Kind::kBinary:
      return "binary";
    case Kind::kDate:
      return "date";
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kTimestampNtz:
      return "timestamp_ntz";
    case Kind::kVariant:
      return "variant";
    case Kind::kVoid:
      return "void";
    default:
      return "string";
  }
}

std::string_view FlagText(bool flag) {
  return flag ? "true" : "false";
}

void AppendFields(const std::vector<Field>& fields, std::string* out);

void AppendType(const DataType& type, std::string* out) {
  switch (type.kind) {
    case Kind::kStruct:
      AppendFields(type.fields, out);
      break;
    case Kind::kArray:
      out->append(R"({"type":"array","elementType":)");
      AppendType(*type.fields[0].type, out);
      out->append(R"(,"containsNull":)").append(FlagText(type.fields[0].nullable)).append("}");
      break;
    case Kind::kMap:
      out->append(R"({"type":"map","keyType":)");
      AppendType(*type.fields[0].type, out);
      out->append(R"(,"valueType":)");
      AppendType(*type.fields[1].type, out);
      out->append(R"(,"valueContainsNull":)").append(FlagText(type.fields[1].nullable)).append("}");
      break;
    default:
      AppendJsonString(PrimitiveText(type), out);
  }
}

void AppendFields(const std::vector<Field>& fields, std::string* out) {
  out->append(R"({"type":"struct","fields":[)");
  bool first = true;
  for (const Field& field : fields) {
    out->append(first ? R"({"name":)" : R"(,{"name":)");
    first = false;
    AppendJsonString(field.name, out);
    out->append(R"(,"type":)");
    AppendType(*field.type, out);
    out->append(R"(,"nullable":)").append(FlagText(field.nullable)).append(R"(,"metadata":{}})");
  }
  out->append("]}");
}

}  // namespace

std::string WriteSchemaJson(const std::vector<Field>& fields) {
  std::string out;
  AppendFields(fields, &out);
  return out;
}

std::string TypeText(const DataType& type) {
  switch (type.kind) {
    case Kind::kStruct: {
      std::string out;
      for (const Field& field : type.fields) {
        out += (out.empty() ? "struct<" : ", ") + field.name + ": " + TypeText(*field.type);
      }
      return out.empty() ? "struct<>" : out + ">";
    }
    case Kind::kArray:
      return "array<" + TypeText(*type.fields[0].type) + ">";
    case Kind::kMap:
      return "map<" + TypeText(*type.fields[0].type) + ", " + TypeText(*type.fields[1].type) + ">";
    default:
      return PrimitiveText(type);
  }
}

}  // namespace sluice::delta
