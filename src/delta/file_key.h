// The primary key of a logical file: its path and the id of its deletion vector.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "delta/snapshot.h"

namespace sluice::delta {

struct FileKey {
  std::string path;
  std::string vector_id;  ///< Empty without a deletion vector.

  bool operator==(const FileKey&) const = default;
};

/// A key that points into something else: an action, a batch.
struct FileKeyView {
  std::string_view path;
  std::string_view vector_id;

  bool operator==(const FileKeyView&) const = default;
};

std::uint64_t HashOf(FileKeyView key);

/// The path as keys compare it. `/x`, `file:/x` and `file:///x` are one file; all other paths stay.
/// May use `scratch` as the storage of what it returns.
std::string_view CanonicalPath(std::string_view path, std::string* scratch);

FileKey KeyOf(std::string_view path, const std::optional<DeletionVector>& vector);

/// Makes the keys of a batch's rows without allocating for files that have no deletion vector.
class BatchKeys {
 public:
  explicit BatchKeys(const FileBatch& batch) : batch_(batch) {}
  /// Valid until the next call.
  FileKeyView At(std::int64_t row);

 private:
  const FileBatch& batch_;
  std::string path_;
  std::string vector_id_;
};

struct FileKeyHash {
  using is_transparent = void;
  std::size_t operator()(const FileKey& key) const { return HashOf({key.path, key.vector_id}); }
  std::size_t operator()(const FileKeyView& key) const { return HashOf(key); }
};

struct FileKeyEqual {
  using is_transparent = void;
  static FileKeyView View(const FileKey& key) { return {key.path, key.vector_id}; }
  static FileKeyView View(const FileKeyView& key) { return key; }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return View(a) == View(b);
  }
};

using FileKeySet = std::unordered_set<FileKey, FileKeyHash, FileKeyEqual>;

}  // namespace sluice::delta
