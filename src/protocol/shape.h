// The shapes of what goes over the wire, as data: which fields an object has, of which type, and
// which must be there. Requests and answers are described by them, and answers can be judged.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace sluice::protocol {

enum class FieldType : std::uint8_t {
  kString,
  kInteger,  ///< Of 64 bits, unless the range says less.
  kBoolean,
  kTimestamp,        ///< A string, ISO 8601.
  kUrl,              ///< A string, an absolute URL.
  kJson,             ///< A string that holds JSON text.
  kStrings,          ///< An array of strings.
  kStringMap,        ///< An object whose values are strings.
  kPartitionValues,  ///< An object whose values are strings or null.
  kObject,           ///< Of `shape`.
  kObjects,          ///< An array of objects of `shape`.
};

struct Shape;

struct Field {
  std::string_view name;
  FieldType type = FieldType::kString;
  bool required = false;
  std::string_view summary;  ///< One sentence.
  /// Of integers.
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  const Shape* shape = nullptr;  ///< Of kObject and kObjects.
};

struct Shape {
  std::string_view name;  ///< "ParquetFile"
  std::string_view summary;
  std::span<const Field> fields;
  bool one_of = false;  ///< A wrapper: exactly one of its fields is there.
};

// Listings.
extern const Shape kShareAnswerShape;
extern const Shape kSharesShape;
extern const Shape kSchemasShape;
extern const Shape kTablesShape;
/// Access to a table's directory.
extern const Shape kCredentialsAnswerShape;
// A line of an answer, by its format.
extern const Shape kParquetLineShape;
extern const Shape kDeltaLineShape;
extern const Shape kErrorShape;

/// The field of that name, or null.
const Field* FindField(const Shape& shape, std::string_view name);

}  // namespace sluice::protocol
