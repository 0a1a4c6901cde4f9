// The in-memory twin of every ObjectStore, for tests and as the definition of the contract.
#pragma once

#include <map>
#include <mutex>

#include "storage/object_store.h"

namespace sluice::storage {

/// Thread-safe. Objects are copied in and shared out.
class MemoryStore : public ObjectStore {
 public:
  /// Creates or replaces an object.
  Status Put(std::string_view key, std::string_view bytes, std::int64_t modified_ms);
  /// kNotFound when it is not there.
  Status Remove(std::string_view key);

  Result<std::vector<ObjectMeta>> List(std::string_view prefix,
                                       std::string_view start_after) const override;
  Result<FolderListing> ListFolder(std::string_view prefix) const override;
  Result<std::vector<ObjectMeta>> ListRange(std::string_view prefix,
                                            const KeyRange& range) const override;
  bool lists_from_keys() const override { return true; }
  Result<ObjectMeta> Stat(std::string_view key) const override;
  Result<std::shared_ptr<arrow::Buffer>> Read(std::string_view key,
                                              std::int64_t max_size) const override;
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(std::string_view key) const override;
  std::string Describe() const override { return "memory"; }

 private:
  struct Object {
    std::shared_ptr<arrow::Buffer> bytes;
    std::int64_t modified_ms;
  };
  Result<Object> Find(std::string_view key) const;

  mutable std::mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
};

}  // namespace sluice::storage
