#include "delta/replay.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "delta/batch_compaction.h"
#include "delta/checkpoint_state.h"
#include "delta/commit_times.h"
#include "delta/features.h"
#include "delta/file_batch_builder.h"
#include "delta/partition_columns.h"
#include "delta/version_checksum.h"

namespace sluice::delta {
namespace {

/// Whether an older checkpoint may do better. What a readable checkpoint says wrongly, or promises
/// and does not have (a sidecar), is not covered up.
bool IsDamage(const Error& error) {
  return error.kind == ErrorKind::kCorrupt || error.kind == ErrorKind::kTooLarge;
}

Result<TableState> ResolveTable(std::int64_t version, const TailReplay& tail,
                                const CheckpointState& state) {
  const auto& protocol = tail.protocol ? tail.protocol : state.protocol;
  const auto& metadata = tail.metadata ? tail.metadata : state.metadata;
  if (!protocol || !metadata) {
    return Fail(ErrorKind::kCorrupt, "_delta_log: no {} action up to version {}",
                !protocol ? "protocol" : "metaData", version);
  }
  TableState table{*protocol, *metadata, {}};
  SLUICE_RETURN_IF_ERROR(CheckReadable(table.protocol));
  SLUICE_TRY(table.schema, SchemaOf(table.metadata));
  return table;
}

/// One way to rebuild a version: a checkpoint or none, and the commits after it.
struct Attempt {
  const LogSegment& segment;
  const std::vector<LoggedActions>& commits;
  const TailReplay& tail;
  bool* damaged;  ///< Set when an error is one of the checkpoint's bytes.
};

Result<CheckpointState> OpenFor(const storage::ObjectStore& store, const Attempt& attempt,
                                const CommitReadOptions& options) {
  if (!attempt.segment.checkpoint) return CheckpointState{};
  auto opened = OpenCheckpoint(store, *attempt.segment.checkpoint, options);
  if (!opened) *attempt.damaged = IsDamage(opened.error());
  return opened;
}

/// Calls `load(attempt)`, which returns a Result, again with older checkpoints while those it gets
/// are damaged. `read(commits)` reads what an attempt needs of the commits.
template <typename Read, typename Load>
auto FromSoundSegment(const storage::ObjectStore& store, const LogListing& listing,
                      std::int64_t version, const Read& read, const Load& load)
    -> decltype(load(std::declval<Attempt>())) {
  std::optional<Error> damage;
  for (auto usable = listing.checkpoints.size();;) {
    const auto segment = ChooseSegment(listing, version, usable);
    if (!segment) return Fail(damage ? *damage : segment.error());
    SLUICE_TRY(const auto commits, read(segment->commits));
    const auto tail = ReplayTail(commits);
    bool damaged = false;
    auto loaded = load(Attempt{*segment, commits, tail, &damaged});
    if (loaded || !damaged) return loaded;
    if (!damage) damage = loaded.error();
    spdlog::warn("{}: checkpoint {} is passed over: {}", store.Describe(),
                 segment->checkpoint->version, loaded.error().message);
    usable = segment->checkpoint_index;
  }
}

/// The checkpoint's files with the tail on top of them.
Result<SnapshotParts> LoadFiles(const storage::ObjectStore& store, const Attempt& attempt,
                                const CommitReadOptions& options) {
  const TailReplay& tail = attempt.tail;
  SLUICE_TRY(const auto state, OpenFor(store, attempt, options));
  SLUICE_TRY(auto table, ResolveTable(attempt.segment.version, tail, state));
  SnapshotParts parts;
  parts.version = attempt.segment.version;
  parts.protocol = std::move(table.protocol);
  parts.metadata = std::move(table.metadata);
  parts.schema = std::move(table.schema);
  const FileSelection selection{
      .partition_columns = PhysicalPartitionColumns(parts.metadata, parts.schema),
      .superseded = &tail.touched,
      .pool = options.pool};
  auto batches = ReadState(state, selection);
  if (!batches) {
    *attempt.damaged = IsDamage(batches.error());
    return Fail(std::move(batches).error());
  }
  parts.batches = std::move(*batches);
  return parts;
}

/// Appends the tail's files as batches of their own.
Status AppendAdded(const std::vector<const AddFile*>& added, SnapshotParts* parts) {
  FileBatchBuilder builder(PhysicalPartitionColumns(parts->metadata, parts->schema));
  for (const auto* add : added) SLUICE_RETURN_IF_ERROR(builder.Append(*add));
  SLUICE_TRY(auto batches, builder.Finish());
  std::move(batches.begin(), batches.end(), std::back_inserter(parts->batches));
  return {};
}

/// Of the version's own commit, when it was among those that were read.
const CommitInfo* LastInfo(const std::vector<LoggedActions>& commits) {
  if (commits.empty() || !commits.back().commit_info) return nullptr;
  return &*commits.back().commit_info;
}

struct TimestampSource {
  const storage::ObjectStore& store;
  const LogListing& listing;
  const LogSegment& segment;
  const CommitInfo* info;
  std::int64_t max_commit_bytes;
};

Result<std::int64_t> TimestampOf(const TimestampSource& source, const Metadata& metadata) {
  const auto& [store, listing, segment, info, max_commit_bytes] = source;
  if (KeepsInCommitTimestamps(metadata)) {
    if (info != nullptr && info->in_commit_timestamp) return *info->in_commit_timestamp;
    if (segment.commits.empty() && segment.last_commit) {
      SLUICE_TRY(const auto millis,
                 ReadInCommitTimestamp(store, segment.last_commit->key, max_commit_bytes));
      if (millis) return *millis;
    }
  }
  for (const auto& time : FileTimes(listing)) {
    if (time.version == segment.version) return time.millis;
  }
  if (segment.last_commit) return segment.last_commit->modified_ms;
  return segment.checkpoint->files.front().modified_ms;
}

/// A contradiction is the provider's to look into: a reader may ignore checksums, and the commits
/// are the table.
void CompareTotals(const storage::ObjectStore& store, const LogListing& listing,
                   const SnapshotParts& parts) {
  const auto checksum =
      std::ranges::lower_bound(listing.checksums, parts.version, {}, &LogFile::version);
  if (checksum == listing.checksums.end() || checksum->version != parts.version) return;
  if (const auto same = VerifyChecksum(store, *checksum, parts); !same) {
    spdlog::warn("{}: {}", store.Describe(), same.error().message);
  }
}

/// Clears the live bit of one row in a bitmap of the batch's own.
class BitClearer {
 public:
  explicit BitClearer(LiveBatch* batch) : batch_(batch) {}

  void Clear(std::int64_t row) {
    if (bits_ == nullptr) Own();
    (*bits_)[static_cast<std::size_t>(row >> 3)] &= static_cast<std::uint8_t>(~(1U << (row & 7)));
    --batch_->num_live;
    batch_->size_bytes = -1;
  }

 private:
  void Own() {
    const auto bytes = static_cast<std::size_t>((batch_->files->num_rows() + 7) / 8);
    if (batch_->live != nullptr) {
      bits_ = std::make_shared<std::vector<std::uint8_t>>(*batch_->live);
    } else {
      bits_ = std::make_shared<std::vector<std::uint8_t>>(bytes, std::uint8_t{0xFF});
      if (const auto rest = batch_->files->num_rows() & 7; rest != 0) {
        bits_->back() = static_cast<std::uint8_t>((1U << rest) - 1);
      }
    }
    batch_->live = bits_;
  }

  LiveBatch* batch_;
  std::shared_ptr<std::vector<std::uint8_t>> bits_;
};

void ClearTouched(const FileKeySet& touched, std::vector<LiveBatch>* batches) {
  std::vector<std::pair<FileKeyView, std::uint64_t>> keys;
  keys.reserve(touched.size());
  for (const auto& key : touched) {
    const FileKeyView view{key.path, key.vector_id};
    keys.emplace_back(view, HashOf(view));
  }
  std::vector<std::int64_t> rows;
  for (LiveBatch& batch : *batches) {
    rows.clear();
    for (const auto& [key, hash] : keys) batch.files->keys->Find(*batch.files, key, hash, &rows);
    BitClearer clearer(&batch);
    for (const std::int64_t row : rows) {
      if (batch.IsLive(row)) clearer.Clear(row);
    }
  }
}

std::int64_t TimestampAfter(const Snapshot& base, const NewCommits& commits,
                            const Metadata& metadata) {
  const auto* info = LastInfo(commits.actions);
  if (KeepsInCommitTimestamps(metadata) && info != nullptr && info->in_commit_timestamp) {
    return *info->in_commit_timestamp;
  }
  auto millis = base.timestamp_ms();
  for (const auto& commit : commits.files) millis = std::max(commit.meta.modified_ms, millis + 1);
  return millis;
}

}  // namespace

TailReplay ReplayTail(const std::vector<LoggedActions>& commits) {
  TailReplay tail;
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    if (!tail.protocol) tail.protocol = commit->protocol;
    if (!tail.metadata) tail.metadata = commit->metadata;
    for (auto action = commit->files.rbegin(); action != commit->files.rend(); ++action) {
      auto key = std::visit([](const auto& file) { return KeyOf(file.path, file.deletion_vector); },
                            *action);
      if (!tail.touched.insert(std::move(key)).second) continue;
      if (const auto* add = std::get_if<AddFile>(&*action)) tail.added.push_back(add);
    }
  }
  std::reverse(tail.added.begin(), tail.added.end());
  return tail;
}

Result<SnapshotParts> LoadVersion(const storage::ObjectStore& store, const LogListing& listing,
                                  std::int64_t version, const CommitReadOptions& options) {
  const auto read = [&](const std::vector<LogFile>& commits) {
    return ReadCommits(store, commits, options);
  };
  const auto load = [&](const Attempt& attempt) -> Result<SnapshotParts> {
    SLUICE_TRY(auto parts, LoadFiles(store, attempt, options));
    SLUICE_RETURN_IF_ERROR(AppendAdded(attempt.tail.added, &parts));
    SLUICE_TRY(parts.timestamp_ms, TimestampOf({.store = store,
                                                .listing = listing,
                                                .segment = attempt.segment,
                                                .info = LastInfo(attempt.commits),
                                                .max_commit_bytes = options.max_bytes},
                                               parts.metadata));
    CompareTotals(store, listing, parts);
    return parts;
  };
  return FromSoundSegment(store, listing, version, read, load);
}

Result<TableState> LoadTableState(const storage::ObjectStore& store, const LogListing& listing,
                                  std::int64_t version, const CommitReadOptions& options) {
  const auto read = [&](const std::vector<LogFile>& commits) {
    return ReadTableActions(store, commits);
  };
  const auto load = [&](const Attempt& attempt) -> Result<TableState> {
    SLUICE_TRY(const auto state, OpenFor(store, attempt, options));
    return ResolveTable(version, attempt.tail, state);
  };
  return FromSoundSegment(store, listing, version, read, load);
}

void IndexKeys(std::span<const LiveBatch> batches, ThreadPool* pool) {
  std::vector<const FileBatch*> without;
  for (const LiveBatch& batch : batches) {
    if (!batch.files->keys->built()) without.push_back(batch.files.get());
  }
  const auto build = [&](int i) {
    const FileBatch& files = *without[static_cast<std::size_t>(i)];
    files.keys->Build(files);
  };
  const auto count = static_cast<int>(without.size());
  if (pool != nullptr && count > 1) {
    pool->ParallelFor(count, build);
  } else {
    for (int i = 0; i < count; ++i) build(i);
  }
}

Result<std::optional<SnapshotParts>> ApplyCommits(const Snapshot& base, const NewCommits& commits,
                                                  ThreadPool* pool) {
  auto tail = ReplayTail(commits.actions);
  SnapshotParts parts;
  parts.version = commits.files.back().version;
  parts.protocol = tail.protocol ? *tail.protocol : base.protocol();
  SLUICE_RETURN_IF_ERROR(CheckReadable(parts.protocol));
  parts.metadata = tail.metadata ? *tail.metadata : base.metadata();
  parts.schema = base.schema();
  if (tail.metadata) {
    SLUICE_TRY(parts.schema, SchemaOf(parts.metadata));
    if (PhysicalPartitionColumns(parts.metadata, parts.schema) !=
        PhysicalPartitionColumns(base.metadata(), base.schema())) {
      return std::nullopt;
    }
  }
  parts.timestamp_ms = TimestampAfter(base, commits, parts.metadata);
  parts.batches.assign(base.batches().begin(), base.batches().end());
  if (tail.touched.empty()) return parts;
  IndexKeys(parts.batches, pool);
  ClearTouched(tail.touched, &parts.batches);
  SLUICE_RETURN_IF_ERROR(AppendAdded(tail.added, &parts));
  SLUICE_RETURN_IF_ERROR(
      CompactBatches(PhysicalPartitionColumns(parts.metadata, parts.schema), &parts.batches));
  return parts;
}

}  // namespace sluice::delta
