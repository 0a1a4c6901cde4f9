// Values of variants in the binary encoding of Parquet's VariantEncoding.md, version 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace sluice::client {

/// The types of primitive values, by the numbers of the encoding.
enum class VariantPrimitive : std::uint8_t {
  kNull = 0,
  kTrue = 1,
  kFalse = 2,
  kInt8 = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kDecimal4 = 8,
  kDecimal8 = 9,
  kDecimal16 = 10,
  kDate = 11,
  kTimestampMicros = 12,
  kTimestampNtzMicros = 13,
  kFloat = 14,
  kBinary = 15,
  kString = 16,
  kTimeMicros = 17,
  kTimestampNanos = 18,
  kTimestampNtzNanos = 19,
  kUuid = 20,
};

/// The names that fields of one variant have, by their ids. Views of the metadata that it was read
/// from.
class VariantNames {
 public:
  /// Errors: kCorrupt for what is no metadata; kUnsupported for another version.
  static Result<VariantNames> Read(std::string_view metadata);

  std::optional<std::uint32_t> Find(std::string_view name) const;
  /// Null where no name has the id.
  std::optional<std::string_view> At(std::uint32_t id) const;

 private:
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

/// A field of an object; `value` is encoded.
struct VariantField {
  std::string_view name;
  std::uint32_t id = 0;
  std::string value;
};

/// The fields of the encoded object `value`. Errors: kCorrupt for what is no object.
Result<std::vector<VariantField>> ReadVariantObject(std::string_view value,
                                                    const VariantNames& names);

// What appends to `out` appends one encoded value.

/// `data`: little-endian, as the encoding has it behind the type.
void AppendVariantPrimitive(VariantPrimitive type, std::string_view data, std::string* out);
/// At most 4 GiB.
void AppendVariantString(std::string_view text, std::string* out);
void AppendVariantBinary(std::string_view bytes, std::string* out);
/// The elements are encoded.
void AppendVariantArray(const std::vector<std::string>& elements, std::string* out);
/// In any order; each name once.
void AppendVariantObject(std::vector<VariantField> fields, std::string* out);

}  // namespace sluice::client
