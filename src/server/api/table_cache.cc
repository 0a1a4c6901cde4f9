#include "server/api/table_cache.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/log.h"

namespace sluice::api {

TableCache::TableCache(TableCacheOptions options) : options_(std::move(options)) {}

Result<std::shared_ptr<const OpenTable>> TableCache::Get(std::string_view location) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_location_.find(location); found != by_location_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->open;
    }
  }
  SLUICE_TRY(const auto place, storage::ParseLocation(location));
  auto open = std::make_shared<OpenTable>();
  open->kind = place.kind;
  SLUICE_TRY(open->ports, options_.stores->Open(place));
  open->root = open->ports.objects->Describe();
  delta::TableOptions table_options;
  table_options.max_staleness_ms = options_.max_staleness_ms;
  table_options.pool = options_.pool;
  open->table = delta::Table::Make(open->ports.objects, table_options);
  if (options_.max_tables <= 0) return open;

  std::shared_ptr<const OpenTable> closed;  // Destroyed after the lock.
  const std::lock_guard lock(mutex_);
  // Somebody else may have opened it meanwhile; then theirs is kept.
  if (const auto found = by_location_.find(location); found != by_location_.end()) {
    return found->second->open;
  }
  entries_.push_front({std::string(location), open});
  by_location_.emplace(entries_.front().location, entries_.begin());
  if (static_cast<std::int64_t>(entries_.size()) > options_.max_tables) {
    closed = std::move(entries_.back().open);
    by_location_.erase(entries_.back().location);
    entries_.pop_back();
  }
  return open;
}

void TableCache::Grown(const OpenTable& open, const delta::Snapshot& snapshot) {
  const std::int64_t bytes = snapshot.memory_bytes();
  const bool other = open.last_snapshot.exchange(&snapshot, std::memory_order_relaxed) != &snapshot;
  const bool grown = open.last_bytes.exchange(bytes, std::memory_order_relaxed) < bytes;
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
    spdlog::debug("closing table {}", entry->location);
    by_location_.erase(entry->location);
    entries_.erase(entry);
  }
}

std::int64_t TableCache::tables() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(entries_.size());
}

std::int64_t TableCache::bytes() const {
  return bytes_.load(std::memory_order_relaxed);
}

}  // namespace sluice::api
