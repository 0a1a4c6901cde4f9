#include "client/store_files.h"

#include <utility>

#include "base/arrow_status.h"

namespace sluice::client {

Error Below(const std::string& root, Error error) {
  const std::string before = root + "/";
  for (std::size_t at = 0; (at = error.message.find(before, at)) != std::string::npos;) {
    error.message.erase(at, before.size());
  }
  return error;
}

Status StoreFiles::List(const ListingSink& sink) {
  Status status = options_.list(sink);
  return status ? status : Fail(Below(options_.root, status.error()));
}

bool StoreFiles::Hold(const protocol::File& file) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[KeyOf(file)];
  if (entry.uses++ > 0) return false;
  entry.data = {file.url, file.size, 0};
  if (file.deletion_vector) entry.vector_key = file.deletion_vector->path_or_inline;
  return true;
}

void StoreFiles::Release(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && --found->second.uses == 0) entries_.erase(found);
}

Result<StoreFiles::File> StoreFiles::OpenData(const std::string& key) {
  storage::ObjectMeta meta;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return Fail(ErrorKind::kInternal, "file {} is not held", key);
    if (found->second.opened != nullptr) return found->second.opened;
    meta = found->second.data;
  }
  SLUICE_TRY(File file, options_.store->OpenListed(meta, storage::ObjectStore::Reading::kLittle));
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.opened != nullptr) return file;
  return found->second.opened = std::move(file);
}

Result<StoreFiles::File> StoreFiles::OpenVector(const FileRead& read) {
  storage::ObjectMeta meta;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(read.key);
    if (found == entries_.end()) return Fail(ErrorKind::kInternal, "file {} is not held", read.key);
    meta.key = found->second.vector_key;
  }
  // One file holds the vectors of many, and its size is not told.
  meta.size = read.begin + read.length;
  return options_.store->OpenListed(meta, storage::ObjectStore::Reading::kLittle);
}

Result<std::shared_ptr<arrow::Buffer>> StoreFiles::Read(const FileRead& read) {
  const bool data = read.what == FileRead::Of::kData;
  const auto failed = [&](Error error) {
    if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kDataMissing;
    error = Below(options_.root, std::move(error));
    return Fail(data ? std::move(error) : error.At("deletion vector"));
  };
  auto file = data ? OpenData(read.key) : OpenVector(read);
  if (!file) return failed(file.error());
  auto bytes = (*file)->ReadAt(read.begin, read.length);
  if (!bytes.ok()) return failed(FromArrow(bytes.status(), "the store"));
  if ((*bytes)->size() != read.length) {
    return failed({ErrorKind::kCorrupt, "the store holds fewer bytes than the table says"});
  }
  return *std::move(bytes);
}

}  // namespace sluice::client
