#include <arrow/io/memory.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "delta/changes.h"
#include "delta/checkpoint_state.h"
#include "delta/commit_times.h"
#include "delta/features.h"
#include "delta/guarded.h"

namespace sluice::delta {
namespace {

/// A large commit is scanned in parts of this size, which keeps all cores busy.
constexpr std::int64_t kChunkBytes = std::int64_t{4} << 20;
/// About so many parts are scanned side by side before what they say is put together.
constexpr std::size_t kChunksAtOnce = 64;
/// Commits up to this size are kept for the second reading, up to so much in all.
constexpr std::int64_t kKeptCommitBytes = std::int64_t{128} << 10;
constexpr std::int64_t kKeptBytes = std::int64_t{8} << 20;

/// A part of a commit, and then what it says.
struct Chunk {
  const LogFile* commit = nullptr;
  ByteRange bytes;
  std::shared_ptr<arrow::Buffer> text;  ///< The whole commit, when it is small.
  Result<ScannedLines> lines;
};

void AppendChunks(const LogFile& commit, std::vector<Chunk>* chunks) {
  std::int64_t begin = 0;
  do {
    const std::int64_t end = std::min(begin + kChunkBytes, commit.meta.size);
    chunks->push_back(Chunk{&commit, {begin, end}, nullptr, {}});
    begin = end;
  } while (begin < commit.meta.size);
}

Result<CommitText> Open(const storage::ObjectStore& store, Chunk* chunk) {
  const storage::ObjectMeta& meta = chunk->commit->meta;
  if (meta.size <= kKeptCommitBytes) {
    SLUICE_TRY(chunk->text, store.Read(meta.key, kKeptCommitBytes));
    chunk->bytes.end = chunk->text->size();
    return CommitText{std::make_shared<arrow::io::BufferReader>(chunk->text), chunk->text->size()};
  }
  SLUICE_TRY(auto file, store.Open(meta.key));
  return CommitText{std::move(file), meta.size};
}

struct ScanOptions {
  std::int64_t max_bytes = 0;             ///< Of a commit.
  const PartitionFilter* rows = nullptr;  ///< Null: every file is shown.
};

Result<ScannedLines> Scan(const storage::ObjectStore& store, const ScanOptions& options,
                          Chunk* chunk) {
  const storage::ObjectMeta& meta = chunk->commit->meta;
  if (meta.size > options.max_bytes) {
    return Fail(ErrorKind::kTooLarge, "{}: {} bytes; the limit is {}", meta.key, meta.size,
                options.max_bytes);
  }
  const auto scan = [&]() -> Result<ScannedLines> {
    SLUICE_TRY(const auto text, Open(store, chunk));
    return ScanLines(text, chunk->bytes, options.rows);
  };
  auto lines = scan();
  if (lines) return lines;
  return Fail(PromisedInLog(std::move(lines).error()).At(meta.key));
}

void AddMissing(std::vector<std::string> features, std::vector<std::string>* all) {
  for (auto& feature : features) {
    if (std::find(all->begin(), all->end(), feature) == all->end()) {
      all->push_back(std::move(feature));
    }
  }
}

/// Everything that LoadChanges puts together, in the order of its steps.
class Loader {
 public:
  Loader(const ChangesSource& source, const ChangesRequest& request)
      : source_(source), request_(request), times_(FileTimes(source.listing)) {}

  Result<ChangesPtr> Load();

 private:
  Status ResolveVersions();
  Status CheckFeed(std::int64_t version, const Metadata& metadata) const;
  Status LoadStart();
  Status ScanCommits();
  Status TakeChunks(std::vector<Chunk>* chunks);
  Status TakeCommit(const LogFile& file, ScannedLines lines, std::shared_ptr<arrow::Buffer> text);
  Status FollowTable(const ScannedLines& lines, std::int64_t version);
  Status CheckFiles(const ScannedLines& lines, const ChangedCommit& commit) const;
  std::int64_t TimeOf(std::int64_t version, const ScannedLines& lines) const;
  void TakePieces(const std::vector<ScannedPiece>& pieces, const ChangedCommit& commit);
  void Keep(std::shared_ptr<arrow::Buffer> text, ChangedCommit* commit);

  std::int64_t from() const { return request_.from ? request_.from->version : parts_.first; }
  bool IsFull() const { return parts_.next.has_value(); }

  const ChangesSource& source_;
  const ChangesRequest& request_;
  const std::vector<CommitTime> times_;
  TableState current_;  ///< At the commit that was taken last.
  std::int64_t kept_bytes_ = 0;
  Changes::Parts parts_;
};

Status Loader::ResolveVersions() {
  const std::int64_t latest = source_.listing.LastVersion();
  parts_.first = request_.first;
  parts_.last = std::min(request_.last.value_or(latest), latest);
  if (parts_.first > latest) {
    return Fail(ErrorKind::kInvalidArgument,
                "changes cannot start at version {}: the latest version of the table is {}",
                parts_.first, latest);
  }
  if (parts_.last < parts_.first) {
    return Fail(ErrorKind::kInvalidArgument,
                "changes cannot end at version {}, before version {} where they start", parts_.last,
                parts_.first);
  }
  if (times_.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "the log has no changes any more, only the state at version {}", latest);
  }
  if (parts_.first < times_.front().version) {
    return Fail(ErrorKind::kInvalidArgument,
                "changes from version {} are no longer in the log, which has those of versions {} "
                "to {}",
                parts_.first, times_.front().version, times_.back().version);
  }
  if (parts_.last > times_.back().version) {
    return Fail(ErrorKind::kDataMissing, "_delta_log: commit {} is missing",
                times_.back().version + 1);
  }
  if (from() < parts_.first || from() > parts_.last) {
    return Fail(ErrorKind::kInvalidArgument, "changes cannot go on at version {}", from());
  }
  return {};
}

Status Loader::CheckFeed(std::int64_t version, const Metadata& metadata) const {
  if (request_.kind != ChangesKind::kRows || metadata.IsOn("delta.enableChangeDataFeed")) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "changes from version {} to {} cannot be read: the change data feed of the table "
              "(delta.enableChangeDataFeed) was off at version {}",
              parts_.first, parts_.last, version);
}

Status Loader::LoadStart() {
  SLUICE_TRY(parts_.start, source_.state_at(parts_.first));
  SLUICE_RETURN_IF_ERROR(CheckFeed(parts_.first, parts_.start.metadata));
  current_ = parts_.start;
  parts_.reader_protocol = current_.protocol;
  AddMissing(ListedReaderFeatures(current_.protocol), &parts_.listed_features);
  AddMissing(UsedReaderFeatures(FeatureUse{current_.protocol, current_.schema, false}),
             &parts_.used_features);
  return {};
}

/// All of the range, also where only some of its files are wanted: what all of them ask of a reader
/// stands at the beginning of every page, and clients fail where pages begin differently.
Status Loader::ScanCommits() {
  const auto& commits = source_.listing.commits;
  std::vector<Chunk> chunks;
  for (const LogFile& commit : commits) {
    if (commit.version < parts_.first) continue;
    if (commit.version > parts_.last) break;
    AppendChunks(commit, &chunks);
    if (chunks.size() < kChunksAtOnce) continue;
    SLUICE_RETURN_IF_ERROR(TakeChunks(&chunks));
    chunks.clear();
  }
  return TakeChunks(&chunks);
}

Status Loader::TakeChunks(std::vector<Chunk>* chunks) {
  const ScanOptions options{source_.options.max_bytes, request_.rows.get()};
  ForAll(source_.options.pool, chunks->size(), [&](std::size_t i) {
    Chunk& chunk = (*chunks)[i];
    chunk.lines =
        Guarded(chunk.commit->meta.key, [&] { return Scan(*source_.store, options, &chunk); });
  });
  ScannedLines lines;
  for (std::size_t i = 0; i < chunks->size(); ++i) {
    Chunk& chunk = (*chunks)[i];
    if (!chunk.lines) return Fail(std::move(chunk.lines).error());
    lines.Append(*std::move(chunk.lines));
    if (i + 1 < chunks->size() && (*chunks)[i + 1].commit == chunk.commit) continue;
    SLUICE_RETURN_IF_ERROR(
        TakeCommit(*chunk.commit, std::exchange(lines, {}), std::move(chunk.text)));
  }
  return {};
}

Status Loader::FollowTable(const ScannedLines& lines, std::int64_t version) {
  const auto place = [&](Error error) { return Fail(error.At(CommitKey(version))); };
  if (lines.protocol) {
    if (auto readable = CheckReadable(*lines.protocol); !readable) return place(readable.error());
    current_.protocol = *lines.protocol;
    AddProtocol(current_.protocol, &parts_.reader_protocol);
    AddMissing(ListedReaderFeatures(current_.protocol), &parts_.listed_features);
  }
  if (lines.metadata) {
    auto schema = SchemaOf(*lines.metadata);
    if (!schema) return place(schema.error());
    current_.metadata = *lines.metadata;
    current_.schema = *std::move(schema);
    SLUICE_RETURN_IF_ERROR(CheckFeed(version, current_.metadata));
  }
  return {};
}

Status Loader::CheckFiles(const ScannedLines& lines, const ChangedCommit& commit) const {
  const auto& trouble = commit.from_cdc ? lines.cdc_trouble : lines.data_trouble;
  if (trouble) return Fail(trouble->At(CommitKey(commit.version)));
  if (request_.kind != ChangesKind::kRows || commit.from_cdc || lines.bare_remove.empty() ||
      current_.metadata.partition_columns.empty()) {
    return {};
  }
  return Fail(ErrorKind::kDataMissing,
              "{}: the removed file '{}' has no partition values, without which its rows are not "
              "known",
              CommitKey(commit.version), Printable(lines.bare_remove, 300));
}

std::int64_t Loader::TimeOf(std::int64_t version, const ScannedLines& lines) const {
  if (KeepsInCommitTimestamps(current_.metadata) && lines.commit_info &&
      lines.commit_info->in_commit_timestamp) {
    return *lines.commit_info->in_commit_timestamp;
  }
  // One after another, from the front on: ResolveVersions saw to that.
  return times_[static_cast<std::size_t>(version - times_.front().version)].millis;
}

Status Loader::TakeCommit(const LogFile& file, ScannedLines lines,
                          std::shared_ptr<arrow::Buffer> text) {
  SLUICE_RETURN_IF_ERROR(FollowTable(lines, file.version));
  ChangedCommit commit;
  commit.version = file.version;
  commit.timestamp_ms = TimeOf(file.version, lines);
  commit.size = text != nullptr ? text->size() : file.meta.size;
  const bool rows = request_.kind == ChangesKind::kRows;
  commit.from_cdc = rows && lines.has_cdc;
  if (rows && !lines.has_cdc && lines.commit_info && lines.commit_info->changes_no_row) {
    lines.pieces.clear();
  } else {
    SLUICE_RETURN_IF_ERROR(CheckFiles(lines, commit));
    const bool vectors = lines.has_deletion_vectors && !commit.from_cdc;
    AddMissing(UsedReaderFeatures(FeatureUse{current_.protocol, current_.schema, vectors}),
               &parts_.used_features);
  }
  if (file.version < from() || IsFull()) return {};
  if (lines.protocol) commit.protocol = std::make_shared<const Protocol>(*lines.protocol);
  if (lines.metadata) commit.metadata = std::make_shared<const Metadata>(*lines.metadata);
  const std::size_t pieces = parts_.pieces.size();
  TakePieces(lines.pieces, commit);
  if (parts_.pieces.size() == pieces) return {};
  Keep(std::move(text), &commit);
  parts_.commits.push_back(std::move(commit));
  return {};
}

void Loader::TakePieces(const std::vector<ScannedPiece>& pieces, const ChangedCommit& commit) {
  const bool resumed = request_.from && request_.from->version == commit.version;
  std::int64_t skip = resumed ? request_.from->files : 0;
  std::int64_t passed = 0;  // Files of this commit before the current piece.
  bool opens = skip == 0;
  for (const ScannedPiece& scanned : pieces) {
    const std::int64_t count = commit.from_cdc ? scanned.cdc_files : scanned.data_files;
    if (skip >= count) {
      skip -= count;
      passed += count;
      continue;
    }
    ChangePiece piece{parts_.commits.size(), scanned.bytes, skip, count - skip, opens};
    if (request_.max_files) {
      piece.files = std::min(piece.files, *request_.max_files - parts_.num_files);
    }
    if (piece.files > 0) {
      parts_.pieces.push_back(piece);
      parts_.num_files += piece.files;
      opens = false;
    }
    if (piece.skip + piece.files < count) {
      parts_.next = ChangePosition{commit.version, passed + piece.skip + piece.files};
      return;
    }
    skip = 0;
    passed += count;
  }
  if (opens && (commit.protocol != nullptr || commit.metadata != nullptr)) {
    parts_.pieces.push_back(ChangePiece{parts_.commits.size(), {}, 0, 0, true});
  }
}

void Loader::Keep(std::shared_ptr<arrow::Buffer> text, ChangedCommit* commit) {
  if (text == nullptr || kept_bytes_ + text->size() > kKeptBytes) return;
  kept_bytes_ += text->size();
  commit->text = std::move(text);
}

Result<ChangesPtr> Loader::Load() {
  parts_.store = source_.store;
  parts_.rows = request_.rows;
  SLUICE_RETURN_IF_ERROR(ResolveVersions());
  SLUICE_RETURN_IF_ERROR(LoadStart());
  SLUICE_RETURN_IF_ERROR(ScanCommits());
  parts_.end = std::move(current_);
  return std::make_shared<const Changes>(std::move(parts_));
}

}  // namespace

Result<ChangesPtr> LoadChanges(const ChangesSource& source, const ChangesRequest& request) {
  return Loader(source, request).Load();
}

}  // namespace sluice::delta
