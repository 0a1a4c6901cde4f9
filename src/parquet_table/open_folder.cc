#include "parquet_table/open_folder.h"

#include <atomic>
#include <utility>

namespace sluice::parquet_table {
namespace {

using delta::SnapshotPtr;

class FolderTable final : public delta::Table {
 public:
  FolderTable(std::shared_ptr<const storage::ObjectStore> store, FolderOptions options)
      : Table(store),
        by_log_(delta::Table::Make(store, options.table)),
        by_files_(std::make_shared<ParquetTable>(std::move(store), std::move(options))) {}

  Result<SnapshotPtr> Latest() override {
    return Ask([](Table& table) { return table.Latest(); });
  }
  SnapshotPtr LatestAtHand() override {
    if (kind_ == Kind::kUnknown) return nullptr;
    return kind_ == Kind::kFiles ? by_files_->LatestAtHand() : by_log_->LatestAtHand();
  }
  std::optional<std::int64_t> LatestVersionAtHand() override {
    if (kind_ == Kind::kUnknown) return std::nullopt;
    return kind_ == Kind::kFiles ? by_files_->LatestVersionAtHand()
                                 : by_log_->LatestVersionAtHand();
  }
  Result<std::int64_t> LatestVersion() override {
    return Ask([](Table& table) { return table.LatestVersion(); });
  }
  Result<SnapshotPtr> AtVersion(std::int64_t version) override {
    return Ask([&](Table& table) { return table.AtVersion(version); });
  }
  void Keep(const SnapshotPtr& snapshot) override {
    if (kind_ == Kind::kFiles) {
      by_files_->Keep(snapshot);
    } else {
      by_log_->Keep(snapshot);
    }
  }
  Result<std::int64_t> VersionAtTimestamp(std::int64_t millis) override {
    return Ask([&](Table& table) { return table.VersionAtTimestamp(millis); });
  }
  Result<std::int64_t> FirstVersionSince(std::int64_t millis) override {
    return Ask([&](Table& table) { return table.FirstVersionSince(millis); });
  }
  Result<delta::ChangesPtr> ReadChanges(const delta::ChangesRequest& request) override {
    return Ask([&](Table& table) { return table.ReadChanges(request); });
  }
  std::int64_t memory_bytes() const override {
    switch (kind_) {
      case Kind::kUnknown:
        return 0;
      case Kind::kLog:
        return by_log_->memory_bytes();
      case Kind::kFiles:
        break;
    }
    return by_files_->memory_bytes();
  }

 private:
  enum class Kind { kUnknown, kLog, kFiles };

  template <typename Call>
  auto Ask(const Call& call) -> decltype(call(std::declval<Table&>())) {
    if (kind_ == Kind::kFiles) {
      auto answer = call(*by_files_);
      if (answer || !by_files_->found_log()) return answer;
    }
    auto answer = call(*by_log_);
    if (answer) kind_ = Kind::kLog;
    if (answer || answer.error().kind != ErrorKind::kNotFound || kind_ == Kind::kLog) return answer;
    auto other = call(*by_files_);
    if (other) kind_ = Kind::kFiles;
    // A folder without any files is a missing table like any other.
    if (!other && other.error().kind == ErrorKind::kNotFound) return answer;
    return other;
  }

  const std::shared_ptr<Table> by_log_;
  const std::shared_ptr<ParquetTable> by_files_;
  std::atomic<Kind> kind_ = Kind::kUnknown;
};

}  // namespace

std::shared_ptr<delta::Table> OpenFolder(std::shared_ptr<const storage::ObjectStore> store,
                                         FolderOptions options) {
  if (!options.files.empty()) {
    return std::make_shared<ParquetTable>(std::move(store), std::move(options));
  }
  return std::make_shared<FolderTable>(std::move(store), std::move(options));
}

}  // namespace sluice::parquet_table
