#include <algorithm>
#include <utility>

#include "base/glob.h"
#include "catalog/folder/folder_tree.h"

namespace sluice::catalog {
namespace {

/// Reading a folder of a store is waiting.
constexpr int kWidth = 8;

constexpr std::string_view kLog = "_delta_log";

std::string_view NameOf(std::string_view key) {
  return key.substr(key.rfind('/') + 1);
}

class StoreTree final : public FolderTree {
 public:
  StoreTree(std::shared_ptr<const storage::ObjectStore> store, storage::Location place)
      : store_(std::move(store)), place_(std::move(place)) {}

  /// One short answer, however many files the folder or its log has.
  Result<bool> HasLog(const std::string& folder) const override {
    const std::string log = Below(folder, std::string(kLog));
    SLUICE_TRY(const auto found, store_->ListFolder(log));
    return std::ranges::find(found.folders, log) != found.folders.end();
  }

  Result<FolderContents> Read(const std::string& folder) const override {
    SLUICE_TRY(const auto found, store_->ListFolder(folder.empty() ? "" : folder + "/"));
    FolderContents contents;
    for (const std::string& key : found.folders) {
      const std::string_view name = NameOf(key);
      if (!IsHiddenSegment(name)) contents.folders.emplace_back(name);
    }
    contents.has_parquet = std::ranges::any_of(found.objects, [](const auto& object) {
      const std::string_view name = NameOf(object.key);
      return !IsHiddenSegment(name) && !name.starts_with('_') && IsParquetName(name);
    });
    return contents;
  }

  std::string LocationOf(const std::string& folder) const override {
    storage::Location location = place_;
    if (!folder.empty()) location.folder = storage::FolderPrefix(place_.folder) + folder;
    return location.Text();
  }

  int width() const override { return kWidth; }

 private:
  const std::shared_ptr<const storage::ObjectStore> store_;
  const storage::Location place_;
};

}  // namespace

std::unique_ptr<const FolderTree> MakeStoreTree(std::shared_ptr<const storage::ObjectStore> store,
                                                storage::Location place) {
  return std::make_unique<const StoreTree>(std::move(store), std::move(place));
}

}  // namespace sluice::catalog
