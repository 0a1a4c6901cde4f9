// Arrow arrays of foreign Parquet files as the types this engine works with.
#pragma once

#include <arrow/array.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delta/actions.h"

namespace sluice::delta {

/// Writers differ in the width and form of what they say is a string: utf8, large_utf8, utf8_view,
/// binary and dictionaries of them become utf8; utf8 stays as it is. Errors: kCorrupt, naming
/// `place`.
Result<std::shared_ptr<arrow::StringArray>> AsText(const std::shared_ptr<arrow::Array>& array,
                                                   std::string_view place);

/// Any signed integer to 64 bits. Errors: kCorrupt.
Result<std::shared_ptr<arrow::Int64Array>> AsInt64(const std::shared_ptr<arrow::Array>& array,
                                                   std::string_view place);

/// Any signed integer to 32 bits. Errors: kCorrupt, also for a value that does not fit.
Result<std::shared_ptr<arrow::Int32Array>> AsInt32(const std::shared_ptr<arrow::Array>& array,
                                                   std::string_view place);

/// The struct column `name`; kCorrupt when it is something else. Null when there is none.
Result<std::shared_ptr<arrow::StructArray>> AsStruct(const std::shared_ptr<arrow::Array>& array,
                                                     std::string_view place);

/// Reads the members of one row of a struct; an absent or null member is nullopt.
class StructRow {
 public:
  StructRow(const arrow::StructArray& array, std::int64_t row, std::string_view place)
      : array_(array), row_(row), place_(place) {}

  Result<std::optional<std::string>> Text(std::string_view name) const;
  Result<std::optional<std::int64_t>> Integer(std::string_view name) const;
  Result<std::optional<std::vector<std::string>>> Texts(std::string_view name) const;
  /// Entries with a null value are left out.
  Result<std::vector<Option>> Options(std::string_view name) const;
  /// A struct member, or a null pointer when it is absent or null.
  Result<std::shared_ptr<arrow::StructArray>> Struct(std::string_view name) const;

 private:
  std::shared_ptr<arrow::Array> Member(std::string_view name) const;
  std::string Place(std::string_view name) const;

  const arrow::StructArray& array_;
  std::int64_t row_;
  std::string place_;
};

}  // namespace sluice::delta
