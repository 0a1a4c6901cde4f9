// ParquetTable: a folder of Parquet files without a log as a Delta table.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "delta/single_flight.h"
#include "delta/table.h"
#include "parquet_table/file_choice.h"
#include "parquet_table/footer_cache.h"

namespace sluice::parquet_table {

struct FolderOptions {
  delta::TableOptions table;
  /// Choose the files, see ChooseFiles.
  std::vector<Glob> files;
};

/// Each look at the folder is a listing. The version stays while names, sizes and times of the
/// files do; else it becomes the time of the newest in milliseconds, but at least one more than
/// before. Thread-safe. Errors beside those of delta::Table: kNotFound where there is no file,
/// those of ChooseFiles, ReadFooter and MakeSnapshot. Older versions are there as long as somebody
/// keeps them; there are no changes.
class ParquetTable final : public delta::Table {
 public:
  ParquetTable(std::shared_ptr<const storage::ObjectStore> store, FolderOptions options);

  Result<delta::SnapshotPtr> Latest() override;
  delta::SnapshotPtr LatestAtHand() override { return IfFreshEnough(); }
  Result<std::int64_t> LatestVersion() override;
  Result<delta::SnapshotPtr> AtVersion(std::int64_t version) override;
  void Keep(const delta::SnapshotPtr& snapshot) override;
  Result<std::int64_t> VersionAtTimestamp(std::int64_t millis) override;
  Result<std::int64_t> FirstVersionSince(std::int64_t millis) override;
  Result<delta::ChangesPtr> ReadChanges(const delta::ChangesRequest& request) override;
  std::int64_t memory_bytes() const override;

  /// Whether the last look found a Delta log, so that this is no longer such a table.
  bool found_log() const { return found_log_; }

 private:
  using Files = std::vector<storage::ObjectMeta>;

  Result<Files> ListFiles() const;
  std::vector<std::string> Splits() const;
  delta::SnapshotPtr IfFreshEnough() const;
  Result<delta::SnapshotPtr> Refresh();
  Result<delta::SnapshotPtr> Load(const Files& files);
  void Publish(delta::SnapshotPtr snapshot);
  Result<std::int64_t> NoHistory();

  const FolderOptions options_;
  const std::string id_;
  mutable std::atomic<bool> found_log_ = false;

  delta::SingleFlight<delta::SnapshotPtr> refreshes_;
  FooterCache footers_;  ///< Of whoever runs in refreshes_, like the next two.
  Files files_;          ///< Of the newest snapshot.
  delta::SnapshotPtr current_;
  delta::SingleFlight<std::int64_t> version_checks_;

  mutable std::mutex mutex_;                 ///< Guards what follows; never held while reading.
  mutable std::vector<std::string> splits_;  ///< Of the last listing, for the next.
  delta::SnapshotPtr latest_;
  std::int64_t fresh_at_ms_ = 0;
  std::int64_t footer_bytes_ = 0;
  std::list<delta::SnapshotPtr> kept_;  ///< The last used first.
};

}  // namespace sluice::parquet_table
