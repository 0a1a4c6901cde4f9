// ObjectStore: the bytes of tables, wherever they live. An object is named by a key: '/'-separated
// segments below the store's root, UTF-8, decoded (never percent-encoded), without empty, "." or
// ".." segments. Every implementation passes storage/object_store_conformance.h.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::storage {

struct ObjectMeta {
  std::string key;
  std::int64_t size = 0;         ///< Bytes.
  std::int64_t modified_ms = 0;  ///< Last change, milliseconds since the epoch.
};

/// Objects, and the folders beside them, as keys without a slash at their ends; both in byte order.
struct FolderListing {
  std::vector<ObjectMeta> objects;
  std::vector<std::string> folders;
};

/// The keys after the first and up to the second. Both are texts, not keys that must exist; empty:
/// no end.
struct KeyRange {
  std::string_view after = {};
  std::string_view through = {};

  bool Holds(std::string_view key) const {
    return key > after && (through.empty() || key <= through);
  }
};

/// Thread-safe: any method from any thread, at once.
///
/// Errors of all methods: kInvalidArgument for a key that is not of the form above or that leads
/// out of the root (also through a symbolic link), kNotFound for a missing object,
/// kPermissionDenied when the store refuses, kUnavailable for a failure worth a retry.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Objects whose key starts with `prefix` (a plain string prefix such as "_delta_log/0000") and
  /// sorts after `start_after` (empty: from the beginning), in the byte order of keys. Folders
  /// deeper than the last '/' of the prefix are not entered. A missing folder lists as empty.
  virtual Result<std::vector<ObjectMeta>> List(std::string_view prefix,
                                               std::string_view start_after) const = 0;

  /// As List from the beginning, and the folders which it does not enter.
  virtual Result<FolderListing> ListFolder(std::string_view prefix) const = 0;

  /// As List in a range, but all folders below are entered, however deep. More than
  /// kMaxTreeObjects: kTooLarge.
  virtual Result<std::vector<ObjectMeta>> ListRange(std::string_view prefix,
                                                    const KeyRange& range) const = 0;
  Result<std::vector<ObjectMeta>> ListTree(std::string_view prefix) const {
    return ListRange(prefix, {});
  }
  /// Whether a range costs what it holds, and not what lies before it, too.
  virtual bool lists_from_keys() const { return false; }

  virtual Result<ObjectMeta> Stat(std::string_view key) const = 0;

  /// The whole object. Larger than `max_size` bytes: kTooLarge.
  virtual Result<std::shared_ptr<arrow::Buffer>> Read(std::string_view key,
                                                      std::int64_t max_size) const = 0;

  /// For readers that pick ranges, such as Parquet. The file stays readable when the store is gone.
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(std::string_view key) const = 0;

  /// What a reader of a file is going to read.
  enum class Reading { kMost, kLittle };

  /// The same for an object as a listing showed it, which saves asking for its size again. What
  /// is no longer there may show only when it is read. Of a file that is read for the most part, a
  /// store some way off may fetch all at once.
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenListed(
      const ObjectMeta& meta, Reading /*reading*/) const {
    return Open(meta.key);
  }

  /// Where this store is, for logs and messages to the provider: "/data/sales", "s3://bucket/x".
  virtual std::string Describe() const = 0;
};

/// What one listing of a tree may hold: about 2 GB of names.
inline constexpr std::size_t kMaxTreeObjects = 10'000'000;

/// As a listing has them: each once, in byte order.
void SortFolders(std::vector<std::string>* folders);

/// The refusal of a larger one.
tl::unexpected<Error> TreeTooLarge(std::string_view prefix);

/// kInvalidArgument unless `key` has the form every store accepts.
Status CheckKey(std::string_view key);

/// kInvalidArgument unless what stands before the last '/' of `prefix` is empty or a key.
Status CheckPrefix(std::string_view prefix);

}  // namespace sluice::storage
