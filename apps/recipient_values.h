// Values as text, in one place for every format that is text.
//
// Floating point is the shortest text that reads back the same; decimals keep their scale; dates
// are 2022-01-31; timestamps ISO 8601 in UTC with Z (without for timestamp_ntz) and a fraction only
// where there is one; binary is base64.
#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::apps {

/// One value as JSON: structs and maps as objects (keys of a map as text), lists as arrays, NaN and
/// infinities as strings, decimals as numbers with all their digits.
void AppendJsonValue(const arrow::Array& array, std::int64_t row, std::string* out);

/// One value as plain text: text as it is, null as nothing, nested values as JSON.
void AppendTextValue(const arrow::Array& array, std::int64_t row, std::string* out);

/// Whether people expect a column of this type at the right edge.
bool IsNumber(const arrow::DataType& type);

/// The type as a Delta schema and SQL name it: "bigint" is "long" there, nested types as
/// "struct<a: int, b: array<string>>".
std::string TypeText(const arrow::DataType& type);

}  // namespace sluice::apps
