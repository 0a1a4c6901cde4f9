#include "client/url_book.h"

#include <algorithm>

#include "client/file_source.h"

namespace sluice::client {
namespace {

/// URLs that seem to last no longer are those of a server with another time of day, or not worth
/// the listing.
constexpr std::int64_t kLeastLifetimeMs = 60'000;

}  // namespace

FileUrls UrlBook::UrlsOf(const protocol::File& file, std::uint64_t generation) const {
  FileUrls urls;
  urls.data = file.url;
  if (file.deletion_vector && file.deletion_vector->storage_type == 'p') {
    urls.deletion_vector = file.deletion_vector->path_or_inline;
  }
  urls.generation = generation;
  const std::int64_t now = clock_.NowMillis();
  // An absurd time must not overflow.
  const std::int64_t expires =
      std::clamp<std::int64_t>(file.expires_at_ms.value_or(0), 0, INT64_MAX / 2);
  if (expires - now > kLeastLifetimeMs) {
    urls.renew_at_ms = now + (expires - now) / 4 * 3;
  }
  return urls;
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

Result<FileUrls> UrlBook::GetFresh(const std::string& key) {
  SLUICE_TRY(FileUrls urls, Get(key));
  if (urls.renew_at_ms.value_or(INT64_MAX) > clock_.NowMillis()) return urls;
  {
    const std::lock_guard lock(mutex_);
    if (!renews_early_) return urls;
  }
  auto renewed = Renew(key, urls.generation);
  if (renewed) return renewed;
  // They still work; once they do not, their refusal tells.
  const std::lock_guard lock(mutex_);
  renews_early_ = false;
  return urls;
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
