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

}  // namespace

Status UrlBook::Add(const protocol::File& file) {
  const std::lock_guard lock(mutex_);
  if (urls_.try_emplace(file.id, UrlsOf(file, generation_)).second) return {};
  return Fail(ErrorKind::kMalformed, "the server lists file {} twice", file.id.substr(0, 128));
}

void UrlBook::Remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  urls_.erase(id);
}

Result<FileUrls> UrlBook::Get(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = urls_.find(id);
  if (found == urls_.end()) return Fail(ErrorKind::kInternal, "file {} has no URL", id);
  return found->second;
}

Result<FileUrls> UrlBook::Renew(const std::string& id, std::uint64_t stale) {
  const std::lock_guard renewing(renewing_);
  SLUICE_TRY(FileUrls urls, Get(id));
  if (urls.generation > stale) return urls;
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    generation = ++generation_;
  }
  SLUICE_RETURN_IF_ERROR(relist_([&](protocol::File file) -> Status {
    const std::lock_guard lock(mutex_);
    // Others are read already, or are still to come from the first listing.
    const auto found = urls_.find(file.id);
    if (found != urls_.end()) found->second = UrlsOf(file, generation);
    return {};
  }));
  SLUICE_TRY(urls, Get(id));
  if (urls.generation < generation) {
    return Fail(ErrorKind::kDataMissing, "file {} is not listed any more", id);
  }
  return urls;
}

}  // namespace sluice::client
