#include "server/api/table_cache.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/glob.h"
#include "base/log.h"
#include "parquet_table/open_folder.h"
#include "storage/local_store.h"

namespace sluice::api {

namespace {

/// No part of it holds a newline, and patterns are not empty.
std::string KeyOf(const catalog::Table& entry) {
  std::string key = entry.location;
  for (const auto& pattern : entry.files) {
    key += '\n';
    key += pattern;
  }
  if (!entry.storage.empty()) key += '\n';
  for (const auto& [name, value] : entry.storage) {
    key.append("\n").append(name).append("\t").append(value);
  }
  return key;
}

}  // namespace

storage::StoreOptions StorageOf(const catalog::Table& entry) {
  return {entry.storage.begin(), entry.storage.end()};
}

TableCache::TableCache(TableCacheOptions options) : options_(std::move(options)) {}

std::shared_ptr<const OpenTable> TableCache::FindByKey(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  hits_.fetch_add(1, std::memory_order_relaxed);
  return found->second->open;
}

std::shared_ptr<const OpenTable> TableCache::Find(const catalog::Table& entry) {
  return FindByKey(KeyOf(entry));
}

Result<std::shared_ptr<const OpenTable>> TableCache::Get(const catalog::Table& entry) {
  const std::string key = KeyOf(entry);
  if (auto open = FindByKey(key)) return open;
  misses_.fetch_add(1, std::memory_order_relaxed);
  SLUICE_TRY(const auto place, storage::ParseLocation(entry.location));
  auto open = std::make_shared<OpenTable>();
  open->kind = place.kind;
  SLUICE_TRY(open->ports, options_.stores->Open(place, StorageOf(entry)));
  open->root = open->ports.objects->Describe();
  open->pool = &options_.pools->For(place);
  open->directory_access = options_.stores->DirectoryAccess(place, StorageOf(entry));
  parquet_table::FolderOptions folder;
  folder.table.max_staleness_ms = options_.max_staleness_ms;
  folder.table.pool = &open->pool->threads;
  folder.table.store_at_hand =
      place.kind == storage::StoreKind::kLocal && storage::IsOnLocalFileSystem(open->root);
  SLUICE_TRY(folder.files, Glob::ParseAll(entry.files));
  open->table = parquet_table::OpenFolder(open->ports.objects, std::move(folder));
  if (options_.max_tables <= 0) return open;

  std::shared_ptr<const OpenTable> closed;  // Destroyed after the lock.
  const std::lock_guard lock(mutex_);
  // Somebody else may have opened it meanwhile; then theirs is kept.
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    return found->second->open;
  }
  entries_.push_front({key, open});
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (static_cast<std::int64_t>(entries_.size()) > options_.max_tables) {
    closed = std::move(entries_.back().open);
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return open;
}

void TableCache::Grown(const OpenTable& open, const delta::Snapshot& snapshot) {
  const std::int64_t bytes = snapshot.memory_bytes();
  const bool other = open.last_snapshot.exchange(&snapshot, std::memory_order_relaxed) != &snapshot;
  const bool grown = open.last_bytes.exchange(bytes, std::memory_order_relaxed) < bytes;
  if (other) {
    open.last_changed.store(std::chrono::steady_clock::now(), std::memory_order_relaxed);
  }
  if (other || grown) Trim();
}

void TableCache::Trim() {
  std::vector<std::shared_ptr<const OpenTable>> open;
  {
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_) open.push_back(entry.open);
  }
  // A table may be busy loading while it is asked for its size: not under the lock.
  std::size_t keep = 0;
  std::int64_t total = 0;
  for (; keep < open.size(); ++keep) {
    const std::int64_t more = open[keep]->table->memory_bytes();
    if (keep > 0 && total + more > options_.max_bytes) break;
    total += more;
  }
  bytes_.store(total, std::memory_order_relaxed);
  const std::span victims(open.begin() + static_cast<std::ptrdiff_t>(keep), open.end());
  const std::lock_guard lock(mutex_);
  for (const auto& victim : victims) {
    const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& e) { return e.open == victim; });
    if (entry == entries_.end()) continue;
    spdlog::debug("closing table {}", entry->open->root);
    by_key_.erase(entry->key);
    entries_.erase(entry);
  }
}

std::int64_t TableCache::tables() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(entries_.size());
}

std::int64_t TableCache::TablesYoungerThan(std::chrono::seconds age) const {
  const auto since = std::chrono::steady_clock::now() - age;
  const std::lock_guard lock(mutex_);
  return std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.open->last_changed.load(std::memory_order_relaxed) > since;
  });
}

std::int64_t TableCache::bytes() const {
  return bytes_.load(std::memory_order_relaxed);
}

}  // namespace sluice::api
