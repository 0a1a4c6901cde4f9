#include "delta/partition_columns.h"

#include <arrow/array/builder_dict.h>

#include <algorithm>

#include "base/arrow_status.h"
#include "delta/arrow_access.h"

namespace sluice::delta {
namespace {

constexpr std::int64_t kAbsent = -1;

/// Finds the entry of each column in a row's map. Rows mostly list the same keys in the same order,
/// so the place where a column was last is tried first.
class EntryFinder {
 public:
  EntryFinder(const arrow::StringArray& keys, const std::vector<std::string>& names)
      : keys_(keys), names_(names), last_place_(names.size(), 0) {}

  std::int64_t Find(std::size_t column, std::int64_t begin, std::int64_t end) {
    const std::string_view name = names_[column];
    if (const auto guess = begin + last_place_[column];
        guess < end && keys_.GetView(guess) == name) {
      return guess;
    }
    for (auto entry = begin; entry < end; ++entry) {
      if (keys_.GetView(entry) == name) {
        last_place_[column] = entry - begin;
        return entry;
      }
    }
    return kAbsent;
  }

 private:
  const arrow::StringArray& keys_;
  const std::vector<std::string>& names_;
  std::vector<std::int64_t> last_place_;
};

}  // namespace

std::vector<std::string> PhysicalPartitionColumns(const Metadata& metadata, const Schema& schema) {
  std::vector<std::string> names;
  names.reserve(metadata.partition_columns.size());
  for (const auto& column : metadata.partition_columns) {
    const auto* field = schema.Find(column);
    names.push_back(field == nullptr ? column : field->physical_name);
  }
  return names;
}

Result<PartitionArrays> DecodePartitionValues(const arrow::MapArray& map,
                                              const std::vector<std::string>& names,
                                              std::string_view place) {
  SLUICE_TRY(const auto keys, AsText(map.keys(), place));
  SLUICE_TRY(const auto items, AsText(map.items(), place));
  EntryFinder finder(*keys, names);
  PartitionArrays columns;
  columns.reserve(names.size());
  for (std::size_t column = 0; column < names.size(); ++column) {
    arrow::StringDictionary32Builder builder;
    SLUICE_RETURN_IF_ARROW(builder.Reserve(map.length()), place);
    for (std::int64_t row = 0; row < map.length(); ++row) {
      const auto entry =
          map.IsNull(row) ? kAbsent
                          : finder.Find(column, map.value_offset(row), map.value_offset(row + 1));
      SLUICE_RETURN_IF_ARROW(entry == kAbsent || items->IsNull(entry)
                                 ? builder.AppendNull()
                                 : builder.Append(items->GetView(entry)),
                             place);
    }
    std::shared_ptr<arrow::DictionaryArray> values;
    SLUICE_RETURN_IF_ARROW(builder.Finish(&values), place);
    values->dictionary();  // Arrow makes it at the first call, which must not be two threads'.
    columns.push_back(std::move(values));
  }
  return columns;
}

}  // namespace sluice::delta
