#include "parquet_table/parquet_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/hash.h"
#include "delta/guarded.h"
#include "delta/table_log.h"
#include "parquet_table/folder_snapshot.h"
#include "storage/split_listing.h"

namespace sluice::parquet_table {
namespace {

using delta::SnapshotPtr;
using storage::ObjectMeta;

constexpr std::size_t kMaxKept = 8;
/// A folder whose files are replaced while they are read is listed again this often.
constexpr int kMaxListings = 5;
constexpr std::string_view kNoHistory = "a folder of Parquet files has no history";

/// Of the form of a UUID, so that it looks like the id of any other table.
std::string TableId(const std::string& place, const std::vector<Glob>& files) {
  std::string identity = "parquet table\n" + place;
  for (const Glob& glob : files) identity += "\n" + glob.text();
  const std::string digest = Sha256Hex(identity);
  const std::string_view hex = digest;
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

bool IsSame(const ObjectMeta& a, const ObjectMeta& b) {
  return a.key == b.key && a.size == b.size && a.modified_ms == b.modified_ms;
}

bool IsSame(const std::vector<ObjectMeta>& a, const std::vector<ObjectMeta>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ObjectMeta& x, const ObjectMeta& y) { return IsSame(x, y); });
}

std::int64_t NewestTime(const std::vector<ObjectMeta>& files) {
  std::int64_t newest = 0;
  for (const ObjectMeta& file : files) newest = std::max(newest, file.modified_ms);
  return newest;
}

/// Whether a file may have been replaced or removed after it was listed.
bool MayHaveChanged(const Error& error) {
  return error.kind == ErrorKind::kDataMissing || error.kind == ErrorKind::kCorrupt;
}

}  // namespace

ParquetTable::ParquetTable(std::shared_ptr<const storage::ObjectStore> store, FolderOptions options)
    : Table(std::move(store)),
      options_(std::move(options)),
      id_(TableId(store_->Describe(), options_.files)) {}

Result<ParquetTable::Files> ParquetTable::ListFiles() const {
  SLUICE_TRY(auto listing,
             storage::ListTreeSplit(*store_, ListingPrefix(options_.files), Splits()));
  {
    const std::lock_guard lock(mutex_);
    splits_ = storage::SplitKeys(*store_, listing);
  }
  SLUICE_TRY(auto choice, ChooseFiles(std::move(listing), options_.files));
  found_log_ = choice.has_log;
  if (choice.files.empty()) {
    return Fail(ErrorKind::kNotFound, "the folder has no {}",
                options_.files.empty() ? "Parquet files" : "file that 'files' chooses");
  }
  return std::move(choice.files);
}

std::vector<std::string> ParquetTable::Splits() const {
  const std::lock_guard lock(mutex_);
  return splits_;
}

SnapshotPtr ParquetTable::IfFreshEnough() const {
  const std::lock_guard lock(mutex_);
  const bool fresh = delta::SteadyMillis() - fresh_at_ms_ < options_.table.max_staleness_ms;
  return fresh ? latest_ : nullptr;
}

Result<SnapshotPtr> ParquetTable::Latest() {
  if (auto snapshot = IfFreshEnough()) return snapshot;
  return refreshes_.Run([this] { return delta::Guarded("folder", [this] { return Refresh(); }); });
}

Result<SnapshotPtr> ParquetTable::Refresh() {
  SLUICE_TRY(auto files, ListFiles());
  for (int listings = 1;; ++listings) {
    if (current_ != nullptr && IsSame(files, files_)) {
      Publish(current_);
      return current_;
    }
    auto loaded = Load(files);
    if (loaded || !MayHaveChanged(loaded.error()) || listings == kMaxListings) return loaded;
    SLUICE_TRY(auto again, ListFiles());
    if (IsSame(files, again)) return loaded;
    files = std::move(again);
  }
}

Result<SnapshotPtr> ParquetTable::Load(const Files& files) {
  if (!options_.files.empty()) {
    SLUICE_TRY(const bool has_log, delta::IsTable(*store_));
    if (has_log) return LogBesidePatterns();
  }
  auto footers = footers_.Read(*store_, files);
  {
    const std::lock_guard lock(mutex_);
    footer_bytes_ = footers_.memory_bytes();
  }
  if (!footers) return Fail(std::move(footers).error());
  FolderState state{files, *footers, id_};
  state.version = state.timestamp_ms = NewestTime(files);
  if (current_ != nullptr) {
    state.version = std::max(state.version, current_->version() + 1);
    state.timestamp_ms = std::max(state.timestamp_ms, current_->timestamp_ms());
  }
  SLUICE_TRY(auto parts, MakeSnapshot(state));
  current_ = std::make_shared<const delta::Snapshot>(std::move(parts));
  files_ = files;
  Publish(current_);
  return current_;
}

void ParquetTable::Publish(SnapshotPtr snapshot) {
  const std::lock_guard lock(mutex_);
  latest_ = std::move(snapshot);
  fresh_at_ms_ = delta::SteadyMillis();
}

Result<std::int64_t> ParquetTable::LatestVersion() {
  bool loaded = false;
  {
    const std::lock_guard lock(mutex_);
    loaded = latest_ != nullptr;
  }
  if (loaded) return Latest().map([](const SnapshotPtr& snapshot) { return snapshot->version(); });
  // What Latest will say, without a footer.
  return version_checks_.Run([this]() -> Result<std::int64_t> {
    return ListFiles().map([](const Files& files) { return NewestTime(files); });
  });
}

Result<SnapshotPtr> ParquetTable::AtVersion(std::int64_t version) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const SnapshotPtr& kept) {
      return kept->version() == version;
    });
    if (found != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, found);
      return kept_.front();
    }
    if (latest_ != nullptr && latest_->version() == version) return latest_;
  }
  SLUICE_TRY(auto latest, Latest());
  if (latest->version() == version) return latest;
  return Fail(ErrorKind::kInvalidArgument, "version {} is not there: {}, and is at version {}",
              version, kNoHistory, latest->version());
}

void ParquetTable::Keep(const SnapshotPtr& snapshot) {
  const std::lock_guard lock(mutex_);
  kept_.remove(snapshot);
  kept_.push_front(snapshot);
  if (kept_.size() > kMaxKept) kept_.pop_back();
}

/// Where there is no table either, that is what must be said.
Result<std::int64_t> ParquetTable::NoHistory() {
  SLUICE_TRY(const auto latest, Latest());
  return Fail(ErrorKind::kInvalidArgument, "{}: it is at version {}, whatever the time", kNoHistory,
              latest->version());
}

Result<std::int64_t> ParquetTable::VersionAtTimestamp(std::int64_t /*millis*/) {
  return NoHistory();
}

Result<std::int64_t> ParquetTable::FirstVersionSince(std::int64_t /*millis*/) {
  return NoHistory();
}

Result<delta::ChangesPtr> ParquetTable::ReadChanges(const delta::ChangesRequest& /*request*/) {
  SLUICE_TRY(const auto latest, Latest());
  return Fail(ErrorKind::kUnsupported, "{}, so it has no changes to tell", kNoHistory);
}

std::int64_t ParquetTable::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  std::unordered_set<const delta::Snapshot*> counted;
  std::int64_t bytes = footer_bytes_;
  const auto count = [&](const SnapshotPtr& snapshot) {
    if (snapshot != nullptr && counted.insert(snapshot.get()).second) {
      bytes += snapshot->memory_bytes();
    }
  };
  count(latest_);
  for (const auto& snapshot : kept_) count(snapshot);
  return bytes;
}

}  // namespace sluice::parquet_table
