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
#include "delta/guarded.h"
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
  const CheckpointState& checkpoint;
  bool* damaged;  ///< Set when an error is one of the checkpoint's bytes.
};

/// How versions are rebuilt.
struct Source {
  const storage::ObjectStore& store;
  const LogListing& listing;
  const CommitReadOptions& options;
};

/// Calls `load(attempt)`, which returns a Result, again with older checkpoints while those it gets
/// are damaged. `read(commits)` reads what an attempt needs of the commits, while the checkpoint is
/// opened: each may be some trips to a store far away.
template <typename Read, typename Load>
auto FromSoundSegment(const Source& source, std::int64_t version, const Read& read,
                      const Load& load) -> decltype(load(std::declval<Attempt>())) {
  std::optional<Error> damage;
  for (auto usable = source.listing.checkpoints.size();;) {
    const auto segment = ChooseSegment(source.listing, version, usable);
    if (!segment) return Fail(damage ? *damage : segment.error());
    decltype(read(segment->commits)) commits;
    Result<CheckpointState> checkpoint;
    ForAll(source.options.pool, segment->checkpoint ? 2 : 1, [&](std::size_t what) {
      if (what == 0) commits = Guarded("commits", [&] { return read(segment->commits); });
      if (what == 0) return;
      checkpoint = Guarded("checkpoint", [&] {
        return OpenCheckpoint(source.store, *segment->checkpoint, source.options);
      });
    });
    if (!commits) return Fail(std::move(commits).error());
    bool damaged = !checkpoint && IsDamage(checkpoint.error());
    decltype(load(std::declval<Attempt>())) loaded;
    if (checkpoint) {
      const auto tail = ReplayTail(*commits);
      loaded = load(Attempt{*segment, *commits, tail, *checkpoint, &damaged});
    } else {
      loaded = Fail(checkpoint.error());
    }
    if (loaded || !damaged) return loaded;
    if (!damage) damage = loaded.error();
    spdlog::warn("{}: checkpoint {} is passed over: {}", source.store.Describe(),
                 segment->checkpoint->version, loaded.error().message);
    usable = segment->checkpoint_index;
  }
}

/// The checkpoint's files with the tail on top of them.
Result<SnapshotParts> LoadFiles(const Attempt& attempt, ThreadPool* pool) {
  const TailReplay& tail = attempt.tail;
  SLUICE_TRY(auto table, ResolveTable(attempt.segment.version, tail, attempt.checkpoint));
  SnapshotParts parts;
  parts.version = attempt.segment.version;
  parts.protocol = std::move(table.protocol);
  parts.metadata = std::move(table.metadata);
  parts.schema = std::move(table.schema);
  const FileSelection selection{
      .partition_columns = PhysicalPartitionColumns(parts.metadata, parts.schema),
      .superseded = &tail.touched,
      .pool = pool};
  auto batches = ReadState(attempt.checkpoint, selection);
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

/// Null when the version has none.
const LogFile* ChecksumOf(const LogListing& listing, std::int64_t version) {
  const auto found = std::ranges::lower_bound(listing.checksums, version, {}, &LogFile::version);
  if (found == listing.checksums.end() || found->version != version) return nullptr;
  return &*found;
}

/// A contradiction is the provider's to look into: a reader may ignore checksums, and the commits
/// are the table.
void CompareTotals(const storage::ObjectStore& store, const LogFile& checksum,
                   const Result<std::optional<VersionChecksum>>& said, const SnapshotParts& parts) {
  const auto complain = [&](const Error& error) {
    spdlog::warn("{}: {}", store.Describe(), error.At(checksum.meta.key).message);
  };
  if (!said) return complain(said.error());
  if (!*said) {
    spdlog::debug("{}: the checksum {} is passed over", store.Describe(), checksum.meta.key);
    return;
  }
  if (const auto same = CompareChecksum(**said, parts); !same) complain(same.error());
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
    SLUICE_TRY(auto parts, LoadFiles(attempt, options.pool));
    SLUICE_RETURN_IF_ERROR(AppendAdded(attempt.tail.added, &parts));
    SLUICE_TRY(parts.timestamp_ms, TimestampOf({.store = store,
                                                .listing = listing,
                                                .segment = attempt.segment,
                                                .info = LastInfo(attempt.commits),
                                                .max_commit_bytes = options.max_bytes},
                                               parts.metadata));
    return parts;
  };
  const LogFile* const checksum = ChecksumOf(listing, version);
  Result<SnapshotParts> parts;
  Result<std::optional<VersionChecksum>> said;
  ForAll(options.pool, checksum == nullptr ? 1 : 2, [&](std::size_t what) {
    if (what == 1) {
      said = Guarded(checksum->meta.key, [&] { return ReadChecksum(store, *checksum); });
      return;
    }
    parts = Guarded("snapshot", [&] {
      return FromSoundSegment({store, listing, options}, version, read, load);
    });
  });
  if (parts && checksum != nullptr) CompareTotals(store, *checksum, said, *parts);
  return parts;
}

Result<TableState> LoadTableState(const storage::ObjectStore& store, const LogListing& listing,
                                  std::int64_t version, const CommitReadOptions& options) {
  const auto read = [&](const std::vector<LogFile>& commits) {
    return ReadTableActions(store, commits);
  };
  const auto load = [&](const Attempt& attempt) {
    return ResolveTable(version, attempt.tail, attempt.checkpoint);
  };
  return FromSoundSegment({store, listing, options}, version, read, load);
}

void IndexKeys(std::span<const LiveBatch> batches, ThreadPool* pool) {
  std::vector<const FileBatch*> without;
  for (const LiveBatch& batch : batches) {
    if (!batch.files->keys->built()) without.push_back(batch.files.get());
  }
  ForAll(pool, without.size(), [&](std::size_t i) { without[i]->keys->Build(*without[i]); });
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
