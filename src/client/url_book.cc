#include "client/url_book.h"

namespace sluice::client {
namespace {

FileUrls UrlsOf(const protocol::File& file, std::uint64_t generation) {
  FileUrls urls;
  urls.data = file.url;
  if (file.deletion_vector && file.deletion_vector->storage_type == 'p') {
    urls.deletion_vector = file.deletion_vector->path_or_inline;
  }
  urls.generation = generation;
  return urls;
}

std::string_view NameOf(protocol::FileKind kind) {
  switch (kind) {
    case protocol::FileKind::kAdd:
      return "added";
    case protocol::FileKind::kRemove:
      return "removed";
    default:
      return "of changes";
  }
}

}  // namespace

std::string KeyOf(const protocol::File& file) {
  if (file.kind == protocol::FileKind::kFile) return file.id;
  return fmt::format("{} ({}, version {})", file.id, NameOf(file.kind), file.version.value_or(-1));
}

bool UrlBook::Add(const protocol::File& file) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[KeyOf(file)];
  if (entry.uses++ > 0) return false;
  entry.urls = UrlsOf(file, generation_);
  return true;
}

void UrlBook::Remove(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && --found->second.uses == 0) entries_.erase(found);
}

Result<FileUrls> UrlBook::Get(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return Fail(ErrorKind::kInternal, "file {} has no URL", key);
  return found->second.urls;
}

Result<FileUrls> UrlBook::Renew(const std::string& key, std::uint64_t stale) {
  const std::lock_guard renewing(renewing_);
  SLUICE_TRY(FileUrls urls, Get(key));
  if (urls.generation > stale) return urls;
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    generation = ++generation_;
  }
  SLUICE_RETURN_IF_ERROR(relist_([&](protocol::File file) -> Status {
    const std::lock_guard lock(mutex_);
    // Others are read already, or are still to come from the first listing.
    const auto found = entries_.find(KeyOf(file));
    if (found != entries_.end()) found->second.urls = UrlsOf(file, generation);
    return {};
  }));
  SLUICE_TRY(urls, Get(key));
  if (urls.generation < generation) {
    return Fail(ErrorKind::kDataMissing, "file {} is not listed any more", key);
  }
  return urls;
}

}  // namespace sluice::client
