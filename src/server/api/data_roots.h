// Folders, of this machine or in stores, that the provider allows logs to point into with absolute
// paths, as shallow clones do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/location.h"

namespace sluice::api {

/// Immutable and thread-safe.
class DataRoots {
 public:
  /// A file by the root it lies below.
  struct Place {
    /// The root's id; of one in a store its location, which signers of that store take.
    std::string root;
    std::string key;  ///< Below the root.
  };

  DataRoots() = default;
  /// Folders as they are called in logs; those of this machine must exist. Errors: those of
  /// storage::ParseLocation and storage::OpenLocalStore, naming the folder.
  static Result<DataRoots> Make(const std::vector<std::string>& folders);

  /// Where a file lies; nullopt when it is below no root, or has a segment that no key has ("..").
  std::optional<Place> Find(const storage::Location& file) const;
  /// The real path of the root of this machine with this id; null when there is none (any more).
  const std::string* RealPath(std::string_view id) const;

 private:
  struct Root {
    storage::StoreKind kind = storage::StoreKind::kLocal;
    /// Of a folder of this machine it tells nothing of the path, and stays the same over restarts.
    std::string id;
    std::string path;
    std::string real_path;
  };
  std::vector<Root> roots_;
};

/// The part of `path` below `folder`; nullopt when it is not below it. Both are texts of places.
std::optional<std::string_view> Below(std::string_view folder, std::string_view path);

}  // namespace sluice::api
