#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/glob.h"
#include "catalog/folder/folder_tree.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;

ErrorKind KindOf(const std::error_code& error) {
  if (error == std::errc::permission_denied) return ErrorKind::kPermissionDenied;
  const bool gone =
      error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  return gone ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
}

class LocalTree final : public FolderTree {
 public:
  explicit LocalTree(const fs::path& root) : root_(root.native()) {}

  Result<bool> HasLog(const std::string& folder) const override {
    // Asked at every request, so without what fs::path does to its text.
    struct stat at {};
    const auto is_folder = [&](const std::string& path) {
      return ::lstat(path.c_str(), &at) == 0 && S_ISDIR(at.st_mode);
    };
    const std::string path = LocationOf(folder);
    return is_folder(path + "/_delta_log") && is_folder(path);
  }

  Result<FolderContents> Read(const std::string& folder) const override {
    FolderContents contents;
    std::error_code error;
    fs::directory_iterator at(LocationOf(folder), error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      std::string name = at->path().filename().string();
      if (IsHiddenSegment(name)) continue;
      std::error_code ignored;
      const auto type = at->symlink_status(ignored).type();
      if (type == fs::file_type::directory) {
        contents.folders.push_back(std::move(name));
      } else if (type == fs::file_type::regular && !name.starts_with('_') && IsParquetName(name)) {
        contents.has_parquet = true;
      }
    }
    if (error) return Fail(KindOf(error), "{}", error.message());
    std::sort(contents.folders.begin(), contents.folders.end());
    return contents;
  }

  std::string LocationOf(const std::string& folder) const override {
    if (folder.empty()) return root_;
    return root_.ends_with('/') ? root_ + folder : root_ + "/" + folder;
  }

  int width() const override { return 1; }

 private:
  const std::string root_;
};

}  // namespace

std::unique_ptr<const FolderTree> MakeLocalTree(const fs::path& root) {
  return std::make_unique<const LocalTree>(root);
}

}  // namespace sluice::catalog
