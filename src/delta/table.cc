#include "delta/table.h"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_set>

#include "delta/commit_times.h"
#include "delta/guarded.h"
#include "delta/single_flight.h"
#include "delta/table_log.h"

namespace sluice::delta {
namespace {

constexpr std::size_t kMaxOldSnapshots = 8;
/// Further behind than this, a newer checkpoint is cheaper than the commits.
constexpr std::size_t kMaxCatchUp = 200;

/// Whether an older checkpoint or more commits than the hint led to may do better.
bool MayBeElsewhere(const Error& error) {
  return error.kind == ErrorKind::kCorrupt || error.kind == ErrorKind::kDataMissing ||
         error.kind == ErrorKind::kTooLarge;
}

/// The newest snapshot with what is needed to follow the log from it.
struct Current {
  SnapshotPtr snapshot;
  LogTip tip;
};

class LogTable final : public Table {
 public:
  LogTable(std::shared_ptr<const storage::ObjectStore> store, TableOptions options)
      : Table(std::move(store)), options_(options) {}

  Result<SnapshotPtr> Latest() override;
  SnapshotPtr LatestAtHand() override;
  std::optional<std::int64_t> LatestVersionAtHand() override;
  Result<std::int64_t> LatestVersion() override;
  Result<SnapshotPtr> AtVersion(std::int64_t version) override;
  void Keep(const SnapshotPtr& snapshot) override;
  Result<std::int64_t> VersionAtTimestamp(std::int64_t millis) override;
  Result<std::int64_t> FirstVersionSince(std::int64_t millis) override;
  Result<ChangesPtr> ReadChanges(const ChangesRequest& request) override;
  std::int64_t memory_bytes() const override;

 private:
  CommitReadOptions ReadOptions() const { return {options_.max_commit_bytes, options_.pool}; }

  /// As of whichever look at the log was the last.
  struct Known {
    std::int64_t version = -1;
    std::int64_t verified_at_ms = 0;  ///< As LogTip has it.
  };

  SnapshotPtr IfFreshEnough() const;
  bool IsNewestAtHand(const Known& known) const;
  Result<SnapshotPtr> Refresh();
  Result<SnapshotPtr> LoadNewest();
  Result<SnapshotPtr> Advance();
  void Publish();
  void IndexSoon() const;
  Result<std::int64_t> FindLatestVersion();
  std::int64_t PublishVersion();

  SnapshotPtr FindKept(std::int64_t version) const;
  Result<SnapshotPtr> LoadOld(std::int64_t version);
  using Finder = Result<std::int64_t> (History::*)(std::int64_t) const;
  Result<std::int64_t> FindByTime(Finder find, std::int64_t millis);

  const TableOptions options_;

  SingleFlight<SnapshotPtr> refreshes_;
  Current current_;  ///< Of whoever runs in refreshes_.
  SingleFlight<std::int64_t> version_checks_;
  LogTip version_tip_;  ///< Of whoever runs in version_checks_.

  mutable std::mutex mutex_;  ///< Guards what follows; never held while reading.
  SnapshotPtr latest_;
  std::int64_t fresh_at_ms_ = 0;
  Known known_;                 ///< Of latest_.
  Known known_version_;         ///< Where nothing is loaded.
  std::list<SnapshotPtr> old_;  ///< Asked for by version; the last used first.
  std::map<std::int64_t, std::shared_ptr<SingleFlight<SnapshotPtr>>> loading_;
};

SnapshotPtr LogTable::IfFreshEnough() const {
  const std::lock_guard lock(mutex_);
  if (latest_ == nullptr || SteadyMillis() - fresh_at_ms_ >= options_.max_staleness_ms) {
    return nullptr;
  }
  return latest_;
}

Result<SnapshotPtr> LogTable::Latest() {
  if (options_.max_staleness_ms > 0) {
    if (auto snapshot = IfFreshEnough()) return snapshot;
  }
  return refreshes_.Run([this] { return Guarded("snapshot", [this] { return Refresh(); }); });
}

SnapshotPtr LogTable::LatestAtHand() {
  if (options_.max_staleness_ms > 0) {
    if (auto snapshot = IfFreshEnough()) return snapshot;
  }
  SnapshotPtr latest;
  Known known;
  {
    const std::lock_guard lock(mutex_);
    latest = latest_;
    known = known_;
  }
  return IsNewestAtHand(known) ? latest : nullptr;
}

std::optional<std::int64_t> LogTable::LatestVersionAtHand() {
  if (options_.max_staleness_ms > 0) {
    if (const auto snapshot = IfFreshEnough()) return snapshot->version();
  }
  Known known;
  {
    const std::lock_guard lock(mutex_);
    known = latest_ == nullptr ? known_version_ : known_;
  }
  return IsNewestAtHand(known) ? std::optional(known.version) : std::nullopt;
}

bool LogTable::IsNewestAtHand(const Known& known) const {
  if (!options_.store_at_hand || known.version < 0) return false;
  if (SteadyMillis() - known.verified_at_ms >= options_.verify_every_ms) return false;
  const auto next = store_->Stat(CommitKey(known.version + 1));
  return !next && next.error().kind == ErrorKind::kNotFound;
}

Result<SnapshotPtr> LogTable::Refresh() {
  if (current_.snapshot == nullptr) return LoadNewest();
  SLUICE_TRY(const auto state, CheckTip(*store_, options_.verify_every_ms, &current_.tip));
  switch (state) {
    case TipState::kFresh:
      Publish();
      return current_.snapshot;
    case TipState::kAdvanced: {
      auto advanced = Advance();
      // Clean-up may have gone past what is known.
      if (advanced || advanced.error().kind != ErrorKind::kDataMissing) return advanced;
      break;
    }
    case TipState::kReplaced:
      break;
  }
  return LoadNewest();
}

Result<SnapshotPtr> LogTable::LoadNewest() {
  SLUICE_TRY(auto listing, ListNewest(*store_));
  LogTip tip;
  const auto load = [&](const LogListing& shown) {
    tip = TipOf(shown);
    return LoadVersion(*store_, shown, tip.version, ReadOptions());
  };
  auto parts = load(listing);
  if (!parts && MayBeElsewhere(parts.error())) parts = ReadWholeLog(*store_, load);
  if (!parts) return Fail(std::move(parts).error());
  const bool replaced = current_.snapshot != nullptr;
  current_ = Current{std::make_shared<const Snapshot>(std::move(*parts)), std::move(tip)};
  Publish();
  IndexSoon();
  if (replaced) {
    const std::lock_guard lock(mutex_);
    old_.clear();
  }
  return current_.snapshot;
}

Result<SnapshotPtr> LogTable::Advance() {
  const auto next = current_.tip.version + 1;
  SLUICE_TRY(const auto listing, ListLog(*store_, next));
  if (listing.commits.size() > kMaxCatchUp && !listing.checkpoints.empty()) return LoadNewest();
  NewCommits commits;
  for (const auto& commit : listing.commits) {
    const auto expected = next + static_cast<std::int64_t>(commits.files.size());
    if (commit.version != expected) {
      return Fail(ErrorKind::kDataMissing,
                  "_delta_log: commit {} is missing: the log has {} and {}", expected, expected - 1,
                  commit.version);
    }
    commits.files.push_back(commit);
  }
  // A listing may lag behind what Stat saw; the next call sees it.
  if (commits.files.empty()) return current_.snapshot;
  SLUICE_TRY(commits.actions, ReadCommits(*store_, commits.files, ReadOptions()));
  SLUICE_TRY(auto parts, ApplyCommits(*current_.snapshot, commits, options_.pool));
  if (!parts) return LoadNewest();
  current_.snapshot = std::make_shared<const Snapshot>(std::move(*parts));
  current_.tip = LogTip{.version = commits.files.back().version,
                        .commit = commits.files.back().meta,
                        .verified_at_ms = SteadyMillis()};
  Publish();
  return current_.snapshot;
}

void LogTable::Publish() {
  const std::lock_guard lock(mutex_);
  latest_ = current_.snapshot;
  fresh_at_ms_ = SteadyMillis();
  known_ = {current_.tip.version, current_.tip.verified_at_ms};
}

/// So that the first commit to follow costs no more than later ones.
void LogTable::IndexSoon() const {
  if (options_.pool == nullptr) return;
  for (const LiveBatch& batch : current_.snapshot->batches()) {
    options_.pool->Submit([files = batch.files] {
      // Whoever needs the index tries again, and tells.
      std::ignore = Guarded("keys", [&]() -> Status {
        files->keys->Build(*files);
        return {};
      });
    });
  }
}

Result<std::int64_t> LogTable::LatestVersion() {
  bool loaded = false;
  {
    const std::lock_guard lock(mutex_);
    loaded = latest_ != nullptr;
  }
  if (loaded) return Latest().map([](const SnapshotPtr& snapshot) { return snapshot->version(); });
  return version_checks_.Run([this] { return FindLatestVersion(); });
}

Result<std::int64_t> LogTable::FindLatestVersion() {
  if (version_tip_.version >= 0) {
    SLUICE_TRY(const auto state, CheckTip(*store_, options_.verify_every_ms, &version_tip_));
    if (state == TipState::kFresh) return PublishVersion();
  }
  SLUICE_TRY(auto listing, ListNewest(*store_));
  auto tip = TipOf(listing);
  if (!ChooseSegment(listing, tip.version, listing.checkpoints.size())) {
    SLUICE_TRY(listing, ListAll(*store_));
    tip = TipOf(listing);
    SLUICE_TRY(const auto segment, ChooseSegment(listing, tip.version, listing.checkpoints.size()));
  }
  version_tip_ = std::move(tip);
  return PublishVersion();
}

std::int64_t LogTable::PublishVersion() {
  const std::lock_guard lock(mutex_);
  known_version_ = {version_tip_.version, version_tip_.verified_at_ms};
  return version_tip_.version;
}

SnapshotPtr LogTable::FindKept(std::int64_t version) const {
  const std::lock_guard lock(mutex_);
  if (latest_ != nullptr && latest_->version() == version) return latest_;
  for (const auto& snapshot : old_) {
    if (snapshot->version() == version) return snapshot;
  }
  return nullptr;
}

Result<SnapshotPtr> LogTable::AtVersion(std::int64_t version) {
  if (version < 0) {
    return Fail(ErrorKind::kInvalidArgument, "version {} is negative", version);
  }
  if (auto kept = FindKept(version)) {
    Keep(kept);
    return kept;
  }
  std::shared_ptr<SingleFlight<SnapshotPtr>> flight;
  {
    const std::lock_guard lock(mutex_);
    auto& entry = loading_[version];
    if (entry == nullptr) entry = std::make_shared<SingleFlight<SnapshotPtr>>();
    flight = entry;
  }
  auto loaded = flight->Run([&]() -> Result<SnapshotPtr> {
    if (auto kept = FindKept(version)) return kept;
    return Guarded("snapshot", [&] { return LoadOld(version); });
  });
  const std::lock_guard lock(mutex_);
  loading_.erase(version);
  return loaded;
}

Result<SnapshotPtr> LogTable::LoadOld(std::int64_t version) {
  const auto load = [&](const LogListing& listing) -> Result<SnapshotParts> {
    auto parts = LoadVersion(*store_, listing, version, ReadOptions());
    const auto last = listing.LastVersion();
    const auto first = OldestVersion(listing);
    if (!parts && first && (version < *first || version > last)) {
      return Fail(ErrorKind::kInvalidArgument,
                  "version {} does not exist: the log can rebuild versions {} to {}", version,
                  *first, last);
    }
    return parts;
  };
  SLUICE_TRY(auto parts, ReadWholeLog(*store_, load));
  SnapshotPtr snapshot = std::make_shared<const Snapshot>(std::move(parts));
  Keep(snapshot);
  return snapshot;
}

void LogTable::Keep(const SnapshotPtr& snapshot) {
  const std::lock_guard lock(mutex_);
  // A log that was replaced meanwhile has other versions by these numbers.
  if (latest_ != nullptr && latest_->metadata().id != snapshot->metadata().id) return;
  const auto is_same = [&](const SnapshotPtr& old) {
    return old->version() == snapshot->version();
  };
  const auto place = std::find_if(old_.begin(), old_.end(), is_same);
  if (place != old_.end()) {
    old_.splice(old_.begin(), old_, place);
    return;
  }
  old_.push_front(snapshot);
  if (old_.size() > kMaxOldSnapshots) old_.pop_back();
}

Result<std::int64_t> LogTable::FindByTime(Finder find, std::int64_t millis) {
  SLUICE_TRY(const auto latest, Latest());
  return ReadWholeLog(*store_, [&](const LogListing& listing) {
    const History history(listing, latest->metadata(), {store_.get(), options_.max_commit_bytes});
    return (history.*find)(millis);
  });
}

Result<std::int64_t> LogTable::VersionAtTimestamp(std::int64_t millis) {
  return FindByTime(&History::AtOrBefore, millis);
}

Result<std::int64_t> LogTable::FirstVersionSince(std::int64_t millis) {
  return FindByTime(&History::AtOrAfter, millis);
}

Result<ChangesPtr> LogTable::ReadChanges(const ChangesRequest& request) {
  const auto load = [&](const LogListing& listing) {
    const auto state_at = [&](std::int64_t version) -> Result<TableState> {
      if (const auto kept = FindKept(version)) {
        return TableState{kept->protocol(), kept->metadata(), kept->schema()};
      }
      return LoadTableState(*store_, listing, version, ReadOptions());
    };
    return LoadChanges({store_, listing, state_at, ReadOptions()}, request);
  };
  return Guarded("changes", [&] { return ReadWholeLog(*store_, load); });
}

std::int64_t LogTable::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  std::unordered_set<const FileBatch*> counted;
  std::int64_t bytes = 0;
  const auto count = [&](const Snapshot& snapshot) {
    for (const auto& batch : snapshot.batches()) {
      if (counted.insert(batch.files.get()).second) bytes += BatchBytes(*batch.files);
      if (batch.live != nullptr) bytes += static_cast<std::int64_t>(batch.live->capacity());
    }
  };
  if (latest_ != nullptr) count(*latest_);
  for (const auto& snapshot : old_) count(*snapshot);
  return bytes;
}

}  // namespace

std::shared_ptr<Table> Table::Make(std::shared_ptr<const storage::ObjectStore> store,
                                   TableOptions options) {
  return std::make_shared<LogTable>(std::move(store), options);
}

Result<bool> IsTable(const storage::ObjectStore& store) {
  const auto first = store.Stat(CommitKey(0));
  if (first) return true;
  if (first.error().kind != ErrorKind::kNotFound) return Fail(first.error());
  SLUICE_TRY(const auto listing, ListLog(store, 0));
  return !listing.empty();
}

}  // namespace sluice::delta
