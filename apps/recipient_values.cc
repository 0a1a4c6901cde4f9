#include "recipient_values.h"

#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "base/encoding.h"

namespace sluice::apps {
namespace {

void Quote(std::string_view text, std::string* out) {
  AppendJsonString(text, out);
}

template <typename T>
void AppendInteger(T value, std::string* out) {
  char buffer[24];
  out->append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

template <typename T>
void AppendFloat(T value, bool json, std::string* out) {
  if (!std::isfinite(value)) {
    const std::string_view name = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    json ? Quote(name, out) : void(out->append(name));
    return;
  }
  char buffer[32];
  const std::string_view text(buffer,
                              std::to_chars(buffer, buffer + sizeof(buffer), value).ptr - buffer);
  out->append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out->append(".0");
}

void AppendDate(std::chrono::sys_days day, std::string* out) {
  const std::chrono::year_month_day date(day);
  fmt::format_to(std::back_inserter(*out), "{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::int64_t MicrosOf(const arrow::TimestampType& type, std::int64_t value) {
  switch (type.unit()) {
    case arrow::TimeUnit::SECOND:
      return value * 1'000'000;
    case arrow::TimeUnit::MILLI:
      return value * 1000;
    case arrow::TimeUnit::MICRO:
      return value;
    case arrow::TimeUnit::NANO:
      break;
  }
  return value / 1000;
}

void AppendTimestamp(const arrow::TimestampArray& array, std::int64_t row, std::string* out) {
  using std::chrono::microseconds, std::chrono::floor, std::chrono::days;
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const std::chrono::sys_time<microseconds> time(microseconds(MicrosOf(type, array.Value(row))));
  const auto day = floor<days>(time);
  AppendDate(day, out);
  const std::int64_t micros = (time - day).count();
  const std::int64_t seconds = micros / 1'000'000;
  const std::int64_t fraction = micros % 1'000'000;
  auto end = std::back_inserter(*out);
  fmt::format_to(end, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (fraction % 1000 != 0) {
    fmt::format_to(end, ".{:06}", fraction);
  } else if (fraction != 0) {
    fmt::format_to(end, ".{:03}", fraction / 1000);
  }
  if (!type.timezone().empty()) out->push_back('Z');
}

void AppendList(const arrow::Array& values, std::int64_t begin, std::int64_t end,
                std::string* out) {
  out->push_back('[');
  for (std::int64_t i = begin; i < end; ++i) {
    if (i != begin) out->push_back(',');
    AppendJsonValue(values, i, out);
  }
  out->push_back(']');
}

void AppendStruct(const arrow::StructArray& array, std::int64_t row, std::string* out) {
  out->push_back('{');
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i != 0) out->push_back(',');
    Quote(array.struct_type()->field(i)->name(), out);
    out->push_back(':');
    AppendJsonValue(*array.field(i), row, out);
  }
  out->push_back('}');
}

void AppendMap(const arrow::MapArray& array, std::int64_t row, std::string* out) {
  out->push_back('{');
  std::string key;
  for (std::int64_t i = array.value_offset(row); i < array.value_offset(row + 1); ++i) {
    if (i != array.value_offset(row)) out->push_back(',');
    key.clear();
    AppendTextValue(*array.keys(), i, &key);
    Quote(key, out);
    out->push_back(':');
    AppendJsonValue(*array.items(), i, out);
  }
  out->push_back('}');
}

/// What is text: quoted in JSON, as it is elsewhere.
void AppendString(std::string_view text, bool json, std::string* out) {
  json ? Quote(text, out) : void(out->append(text));
}

template <typename Append>
void AppendQuoted(bool json, std::string* out, Append append) {
  if (json) out->push_back('"');
  append();
  if (json) out->push_back('"');
}

template <typename ArrayType>
const ArrayType& As(const arrow::Array& array) {
  return static_cast<const ArrayType&>(array);
}

bool AppendNested(const arrow::Array& array, std::int64_t row, std::string* out) {
  switch (array.type_id()) {
    case arrow::Type::STRUCT:
      AppendStruct(As<arrow::StructArray>(array), row, out);
      return true;
    case arrow::Type::MAP:
      AppendMap(As<arrow::MapArray>(array), row, out);
      return true;
    case arrow::Type::LIST: {
      const auto& list = As<arrow::ListArray>(array);
      AppendList(*list.values(), list.value_offset(row), list.value_offset(row + 1), out);
      return true;
    }
    default:
      return false;
  }
}

bool AppendNumber(const arrow::Array& array, std::int64_t row, bool json, std::string* out) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      AppendInteger(As<arrow::Int8Array>(array).Value(row), out);
      return true;
    case arrow::Type::INT16:
      AppendInteger(As<arrow::Int16Array>(array).Value(row), out);
      return true;
    case arrow::Type::INT32:
      AppendInteger(As<arrow::Int32Array>(array).Value(row), out);
      return true;
    case arrow::Type::INT64:
      AppendInteger(As<arrow::Int64Array>(array).Value(row), out);
      return true;
    case arrow::Type::FLOAT:
      AppendFloat(As<arrow::FloatArray>(array).Value(row), json, out);
      return true;
    case arrow::Type::DOUBLE:
      AppendFloat(As<arrow::DoubleArray>(array).Value(row), json, out);
      return true;
    case arrow::Type::DECIMAL128:
      out->append(As<arrow::Decimal128Array>(array).FormatValue(row));
      return true;
    default:
      return false;
  }
}

void Append(const arrow::Array& array, std::int64_t row, bool json, std::string* out) {
  if (AppendNumber(array, row, json, out) || AppendNested(array, row, out)) return;
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      out->append(As<arrow::BooleanArray>(array).Value(row) ? "true" : "false");
      return;
    case arrow::Type::STRING:
      AppendString(As<arrow::StringArray>(array).GetView(row), json, out);
      return;
    case arrow::Type::LARGE_STRING:
      AppendString(As<arrow::LargeStringArray>(array).GetView(row), json, out);
      return;
    case arrow::Type::BINARY:
      AppendString(arrow::util::base64_encode(As<arrow::BinaryArray>(array).GetView(row)), json,
                   out);
      return;
    case arrow::Type::DATE32:
      AppendQuoted(json, out, [&] {
        AppendDate(
            std::chrono::sys_days(std::chrono::days(As<arrow::Date32Array>(array).Value(row))),
            out);
      });
      return;
    case arrow::Type::TIMESTAMP:
      AppendQuoted(json, out, [&] { AppendTimestamp(As<arrow::TimestampArray>(array), row, out); });
      return;
    default: {
      const auto scalar = array.GetScalar(row);
      AppendString(scalar.ok() ? (*scalar)->ToString() : "", json, out);
    }
  }
}

std::string StructText(const arrow::DataType& type) {
  std::string out = "struct<";
  for (const auto& field : type.fields()) {
    if (out.back() != '<') out += ", ";
    out += field->name() + ": " + TypeText(*field->type());
  }
  return out + ">";
}

}  // namespace

void AppendJsonValue(const arrow::Array& array, std::int64_t row, std::string* out) {
  if (array.IsNull(row)) {
    out->append("null");
  } else {
    Append(array, row, true, out);
  }
}

void AppendTextValue(const arrow::Array& array, std::int64_t row, std::string* out) {
  if (!array.IsNull(row)) Append(array, row, false, out);
}

bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id());
}

std::string TypeText(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return "byte";
    case arrow::Type::INT16:
      return "short";
    case arrow::Type::INT32:
      return "integer";
    case arrow::Type::INT64:
      return "long";
    case arrow::Type::BOOL:
      return "boolean";
    case arrow::Type::DATE32:
      return "date";
    case arrow::Type::NA:
      return "void";
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).timezone().empty() ? "timestamp_ntz"
                                                                               : "timestamp";
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return fmt::format("decimal({},{})", decimal.precision(), decimal.scale());
    }
    case arrow::Type::STRUCT:
      return StructText(type);
    case arrow::Type::LIST:
      return "array<" + TypeText(*type.field(0)->type()) + ">";
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return "map<" + TypeText(*map.key_type()) + ", " + TypeText(*map.item_type()) + ">";
    }
    default:
      return type.ToString();  // float, double, string, binary
  }
}

}  // namespace sluice::apps
