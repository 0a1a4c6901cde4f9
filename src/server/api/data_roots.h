// Folders that the provider allows logs to point into with absolute paths, as shallow clones do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::api {

/// Immutable and thread-safe.
class DataRoots {
 public:
  /// A file by the root it lies below.
  struct Place {
    std::string root;  ///< The root's id.
    std::string key;   ///< Below the root.
  };

  DataRoots() = default;
  /// Folders as they are called in logs; they must exist. Errors: those of LocalFolder and
  /// storage::OpenLocalStore, naming the folder.
  static Result<DataRoots> Make(const std::vector<std::string>& folders);

  /// Where the file of an absolute path lies; nullopt when it is below no root, or has a segment
  /// that no key has ("..").
  std::optional<Place> Find(std::string_view path) const;
  /// The real path of the root with this id; null when there is none (any more).
  const std::string* RealPath(std::string_view id) const;

 private:
  struct Root {
    std::string id;  ///< Tells nothing of the path, and stays the same over restarts.
    std::string path;
    std::string real_path;
  };
  std::vector<Root> roots_;
};

/// The part of `path` below `folder`; nullopt when it is not below it. Both absolute.
std::optional<std::string_view> Below(std::string_view folder, std::string_view path);

}  // namespace sluice::api
