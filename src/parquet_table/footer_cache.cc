#include "parquet_table/footer_cache.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "base/thread_pool.h"

namespace sluice::parquet_table {
namespace {

using storage::ObjectMeta;

/// Reading a footer is waiting, mostly for a store, so there are more readers than cores.
constexpr std::size_t kMaxReaders = 16;
constexpr std::size_t kFilesEachReader = 4;

bool IsSame(const ObjectMeta& a, const ObjectMeta& b) {
  return a.key == b.key && a.size == b.size && a.modified_ms == b.modified_ms;
}

void ForEach(std::size_t count, const std::function<void(int)>& body) {
  const std::size_t readers = std::min(kMaxReaders, count / kFilesEachReader);
  if (readers > 1) {
    ThreadPool(static_cast<int>(readers)).ParallelFor(static_cast<int>(count), body);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) body(static_cast<int>(i));
}

}  // namespace

/// Makes `entries_` those of `files`, with the footers that still hold.
void FooterCache::TakeOver(const std::vector<ObjectMeta>& files) {
  std::vector<Entry> entries;
  entries.reserve(files.size());
  auto old = entries_.begin();
  for (const ObjectMeta& file : files) {
    while (old != entries_.end() && old->file.key < file.key) ++old;
    const bool same = old != entries_.end() && IsSame(old->file, file);
    entries.push_back({file, same ? old->footer : nullptr});
  }
  entries_ = std::move(entries);
}

FooterPtr FooterCache::Share(Footer footer) {
  auto& known = columns_[footer.columns->json];
  if (auto shared = known.lock()) {
    footer.columns = std::move(shared);
  } else {
    known = footer.columns;
  }
  footer.stats.shrink_to_fit();
  return std::make_shared<const Footer>(std::move(footer));
}

void FooterCache::Count() {
  std::erase_if(columns_, [](const auto& entry) { return entry.second.expired(); });
  bytes_ = static_cast<std::int64_t>(entries_.capacity() * sizeof(Entry));
  for (const auto& [json, columns] : columns_) {
    // The fields take a few times the room of their JSON.
    bytes_ += static_cast<std::int64_t>(json.size()) * 5;
  }
  for (const Entry& entry : entries_) {
    bytes_ += static_cast<std::int64_t>(entry.file.key.capacity());
    if (entry.footer != nullptr) bytes_ += entry.footer->memory_bytes();
  }
}

Result<std::vector<FooterPtr>> FooterCache::Read(const storage::ObjectStore& store,
                                                 const std::vector<ObjectMeta>& files) {
  TakeOver(files);
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].footer == nullptr) missing.push_back(i);
  }
  std::vector<std::optional<Result<Footer>>> read(missing.size());
  std::atomic<bool> failed = false;
  ForEach(missing.size(), [&](int i) {
    if (failed) return;
    const auto at = static_cast<std::size_t>(i);
    read[at] = ReadFooter(store, entries_[missing[at]].file);
    if (!*read[at]) failed = true;
  });
  std::optional<Error> error;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!read[i]) continue;
    if (*read[i]) {
      entries_[missing[i]].footer = Share(**std::move(read[i]));
    } else if (!error) {
      error = std::move(*read[i]).error();
    }
  }
  Count();
  if (error) return Fail(*std::move(error));
  std::vector<FooterPtr> footers;
  footers.reserve(entries_.size());
  for (const Entry& entry : entries_) footers.push_back(entry.footer);
  return footers;
}

}  // namespace sluice::parquet_table
