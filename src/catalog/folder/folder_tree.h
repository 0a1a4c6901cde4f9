// The folders below one place, of this machine or of a store, as a scan reads them. Not part of
// this folder's interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/location.h"
#include "storage/object_store.h"

namespace sluice::catalog {

/// What a folder holds that may be shared; what is hidden is left out.
struct FolderContents {
  std::vector<std::string> folders;  ///< Their names, sorted.
  bool has_parquet = false;
};

/// Folders are named by their paths below the place; "" is the place itself. Thread-safe; calls may
/// block. Errors: kPermissionDenied and kNotFound for a folder that may be passed over,
/// kUnavailable for what is worth another try.
class FolderTree {
 public:
  virtual ~FolderTree() = default;

  /// Whether the folder is a table by its log.
  virtual Result<bool> HasLog(const std::string& folder) const = 0;
  virtual Result<FolderContents> Read(const std::string& folder) const = 0;
  /// Where a table is that lies there.
  virtual std::string LocationOf(const std::string& folder) const = 0;
  /// The place, for the log.
  std::string Describe() const { return LocationOf(""); }
  /// How many folders are best read side by side.
  virtual int width() const = 0;
};

/// Links below `root` are not followed; it is a real path itself.
std::unique_ptr<const FolderTree> MakeLocalTree(const std::filesystem::path& root);

/// `store` is opened at `place`.
std::unique_ptr<const FolderTree> MakeStoreTree(std::shared_ptr<const storage::ObjectStore> store,
                                                storage::Location place);

/// `name` below `folder`.
std::string Below(const std::string& folder, const std::string& name);

/// Whether a name is that of a Parquet file.
bool IsParquetName(std::string_view name);

}  // namespace sluice::catalog
