#include "storage/memory_store.h"

#include <arrow/io/memory.h>

namespace sluice::storage {
namespace {

tl::unexpected<Error> NoObject(std::string_view key) {
  return Fail(ErrorKind::kNotFound, "memory: no object '{}'", key);
}

}  // namespace

Status MemoryStore::Put(std::string_view key, std::string_view bytes, std::int64_t modified_ms) {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  auto copy = arrow::Buffer::FromString(std::string(bytes));
  const std::lock_guard lock(mutex_);
  objects_.insert_or_assign(std::string(key), Object{std::move(copy), modified_ms});
  return {};
}

Status MemoryStore::Remove(std::string_view key) {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return NoObject(key);
  objects_.erase(found);
  return {};
}

Result<std::vector<ObjectMeta>> MemoryStore::List(std::string_view prefix,
                                                  std::string_view start_after) const {
  SLUICE_RETURN_IF_ERROR(CheckPrefix(prefix));
  std::vector<ObjectMeta> found;
  const std::lock_guard lock(mutex_);
  for (auto it = objects_.lower_bound(prefix); it != objects_.end(); ++it) {
    const auto& [key, object] = *it;
    if (!key.starts_with(prefix)) break;
    if (key <= start_after || key.find('/', prefix.size()) != std::string::npos) continue;
    found.push_back({key, object.bytes->size(), object.modified_ms});
  }
  return found;
}

Result<FolderListing> MemoryStore::ListFolder(std::string_view prefix) const {
  FolderListing found;
  SLUICE_TRY(found.objects, List(prefix, ""));
  const std::lock_guard lock(mutex_);
  for (auto it = objects_.lower_bound(prefix); it != objects_.end(); ++it) {
    const std::string& key = it->first;
    if (!key.starts_with(prefix)) break;
    const auto slash = key.find('/', prefix.size());
    if (slash != std::string::npos) found.folders.push_back(key.substr(0, slash));
  }
  SortFolders(&found.folders);
  return found;
}

Result<std::vector<ObjectMeta>> MemoryStore::ListRange(std::string_view prefix,
                                                       const KeyRange& range) const {
  SLUICE_RETURN_IF_ERROR(CheckPrefix(prefix));
  std::vector<ObjectMeta> found;
  const std::lock_guard lock(mutex_);
  for (auto it = objects_.lower_bound(prefix); it != objects_.end(); ++it) {
    const auto& [key, object] = *it;
    if (!key.starts_with(prefix)) break;
    if (!range.Holds(key)) continue;
    if (found.size() == kMaxTreeObjects) return TreeTooLarge(prefix);
    found.push_back({key, object.bytes->size(), object.modified_ms});
  }
  return found;
}

Result<MemoryStore::Object> MemoryStore::Find(std::string_view key) const {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return NoObject(key);
  return found->second;
}

Result<ObjectMeta> MemoryStore::Stat(std::string_view key) const {
  SLUICE_TRY(const Object object, Find(key));
  return ObjectMeta{std::string(key), object.bytes->size(), object.modified_ms};
}

Result<std::shared_ptr<arrow::Buffer>> MemoryStore::Read(std::string_view key,
                                                         std::int64_t max_size) const {
  SLUICE_TRY(Object object, Find(key));
  if (object.bytes->size() > max_size) {
    return Fail(ErrorKind::kTooLarge, "memory: '{}' has {} bytes, more than {}", key,
                object.bytes->size(), max_size);
  }
  return std::move(object.bytes);
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> MemoryStore::Open(std::string_view key) const {
  SLUICE_TRY(const Object object, Find(key));
  return std::make_shared<arrow::io::BufferReader>(object.bytes);
}

}  // namespace sluice::storage
