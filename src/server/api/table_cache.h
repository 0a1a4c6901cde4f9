// Tables that are open: their stores and the snapshots they keep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/catalog.h"
#include "delta/table.h"
#include "server/api/table_pools.h"
#include "storage/registry/stores.h"

namespace sluice::api {

struct TableCacheOptions {
  std::int64_t max_tables = 10;  ///< 0 keeps none between requests.
  std::int64_t max_bytes = std::int64_t{4}
                           << 30;  ///< Of snapshots; the table in use may exceed it.
  std::int64_t max_staleness_ms = 0;
  TablePools* pools = nullptr;  ///< Wait for stores and load logs; outlive the cache.
  std::shared_ptr<const storage::Stores> stores;
};

/// One open table. Shared by requests; closed when it left the cache and the last has ended.
struct OpenTable {
  storage::StoreKind kind = storage::StoreKind::kLocal;
  std::string root;  ///< The real path of its folder, or its location in a store.
  storage::Ports ports;
  std::shared_ptr<delta::Table> table;
  TablePool* pool = nullptr;      ///< Whose threads wait for it.
  bool directory_access = false;  ///< As storage::Stores has it for the location.
  /// The snapshot that was answered last, to see that the table has grown. Never dereferenced.
  mutable std::atomic<const delta::Snapshot*> last_snapshot{nullptr};
  mutable std::atomic<std::int64_t> last_bytes{0};  ///< What that one held then.
  /// When that one was first answered.
  mutable std::atomic<std::chrono::steady_clock::time_point> last_changed{
      std::chrono::steady_clock::now()};
};

/// The options that the catalog has for the table's store.
storage::StoreOptions StorageOf(const catalog::Table& entry);

/// Thread-safe. Keyed by location, options of its store and patterns of files, on which alone a
/// table's content depends.
class TableCache {
 public:
  explicit TableCache(TableCacheOptions options);

  /// Opens a table, or finds it open. Errors: as storage::ParseLocation, storage::Stores and
  /// Glob::Parse.
  Result<std::shared_ptr<const OpenTable>> Get(const catalog::Table& entry);
  /// Null unless it is open.
  std::shared_ptr<const OpenTable> Find(const catalog::Table& entry);

  /// Call with each snapshot that was read, and when more was derived from it: when it is another
  /// than the last or has grown, closes the least recently used tables beyond the limit of bytes.
  void Grown(const OpenTable& open, const delta::Snapshot& snapshot);

  const storage::Stores& stores() const { return *options_.stores; }
  TablePools& pools() const { return *options_.pools; }
  std::int64_t tables() const;
  std::int64_t bytes() const;
  std::int64_t hits() const { return hits_.load(std::memory_order_relaxed); }
  std::int64_t misses() const { return misses_.load(std::memory_order_relaxed); }
  /// How many of the open tables have had their newest snapshot for less than so long.
  std::int64_t TablesYoungerThan(std::chrono::seconds age) const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const OpenTable> open;
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<const OpenTable> FindByKey(std::string_view key);
  void Trim();

  const TableCacheOptions options_;
  mutable std::mutex mutex_;
  Entries entries_;  ///< Most recently used first.
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
  std::atomic<std::int64_t> bytes_{0};  ///< As of the last Trim.
  std::atomic<std::int64_t> hits_{0};
  std::atomic<std::int64_t> misses_{0};
};

}  // namespace sluice::api
