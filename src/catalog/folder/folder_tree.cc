#include "catalog/folder/folder_tree.h"

#include "base/ascii.h"

namespace sluice::catalog {

std::string Below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

bool IsParquetName(std::string_view name) {
  constexpr std::string_view kSuffix = ".parquet";
  return name.size() > kSuffix.size() &&
         EqualsIgnoreCase(name.substr(name.size() - kSuffix.size()), kSuffix);
}

}  // namespace sluice::catalog
