#include "delta/log_segment.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace sluice::delta {
namespace {

/// Groups the files of checkpoints while a listing is read.
class CheckpointCollector {
 public:
  void Take(LogFile file) {
    if (file.kind != LogFile::Kind::kMultiPart) {
      found_.push_back(Checkpoint{file.kind, file.version, {std::move(file.meta)}});
      return;
    }
    multi_part_[{file.version, file.parts}].push_back(std::move(file));
  }

  void Finish(LogListing* listing) {
    for (auto& [key, files] : multi_part_) {
      // Names are unique, so as many files as parts are all the parts; a listing sorts them.
      if (files.size() != static_cast<std::size_t>(key.second)) {
        listing->incomplete.push_back(key.first);
        continue;
      }
      Checkpoint checkpoint{LogFile::Kind::kMultiPart, key.first, {}};
      for (auto& file : files) checkpoint.files.push_back(std::move(file.meta));
      found_.push_back(std::move(checkpoint));
    }
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.version, Rank(a.kind)) < std::tuple(b.version, Rank(b.kind));
    });
    listing->checkpoints = std::move(found_);
  }

 private:
  /// A single file is written atomically, parts are not.
  static int Rank(LogFile::Kind kind) { return kind == LogFile::Kind::kMultiPart ? 0 : 1; }

  std::vector<Checkpoint> found_;
  std::map<std::pair<std::int64_t, int>, std::vector<LogFile>> multi_part_;
};

std::optional<std::size_t> NewestCheckpoint(const LogListing& listing, std::int64_t version,
                                            std::size_t usable) {
  for (std::size_t i = std::min(usable, listing.checkpoints.size()); i > 0; --i) {
    if (listing.checkpoints[i - 1].version <= version) return i - 1;
  }
  return std::nullopt;
}

tl::unexpected<Error> MissingCommit(const LogListing& listing, std::int64_t missing) {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  for (const auto& commit : listing.commits) {
    if (commit.version < missing) before = commit.version;
    if (commit.version > missing && !after) after = commit.version;
  }
  if (before && after) {
    return Fail(ErrorKind::kDataMissing, "_delta_log: commit {} is missing: the log has {} and {}",
                missing, *before, *after);
  }
  if (after) {
    const bool incomplete = !listing.incomplete.empty();
    return Fail(ErrorKind::kDataMissing,
                "_delta_log: commit {} is missing: the log begins at commit {} and has no {}",
                missing, *after,
                incomplete ? fmt::format("usable checkpoint (parts of checkpoint {} are missing)",
                                         listing.incomplete.back())
                           : std::string("usable checkpoint"));
  }
  return Fail(ErrorKind::kDataMissing, "_delta_log: commit {} is missing", missing);
}

}  // namespace

std::int64_t LogListing::LastVersion() const {
  std::int64_t last = -1;
  if (!commits.empty()) last = commits.back().version;
  if (!checkpoints.empty()) last = std::max(last, checkpoints.back().version);
  return last;
}

Result<LogListing> ListLog(const storage::ObjectStore& store, std::int64_t from) {
  // Versions have 20 digits and fit 19, so a first digit 0 leaves foreign files out.
  SLUICE_TRY(auto objects, store.List("_delta_log/0", from > 0 ? VersionKey(from) : ""));
  const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
  if (!std::is_sorted(objects.begin(), objects.end(), by_key)) {
    std::sort(objects.begin(), objects.end(), by_key);
  }
  LogListing listing;
  listing.from = from;
  CheckpointCollector checkpoints;
  for (const auto& object : objects) {
    auto file = ParseLogFile(object);
    if (!file) continue;
    if (file->kind == LogFile::Kind::kCommit) {
      listing.commits.push_back(std::move(*file));
    } else if (file->kind == LogFile::Kind::kChecksum) {
      listing.checksums.push_back(std::move(*file));
    } else {
      checkpoints.Take(std::move(*file));
    }
  }
  checkpoints.Finish(&listing);
  return listing;
}

Result<LogSegment> ChooseSegment(const LogListing& listing, std::int64_t version,
                                 std::size_t usable) {
  LogSegment segment;
  segment.version = version;
  std::int64_t next = 0;
  if (const auto newest = NewestCheckpoint(listing, version, usable)) {
    segment.checkpoint = listing.checkpoints[*newest];
    segment.checkpoint_index = *newest;
    next = segment.checkpoint->version + 1;
  }
  for (const auto& commit : listing.commits) {
    if (commit.version > version) break;
    if (commit.version == version) segment.last_commit = commit.meta;
    if (commit.version < next) continue;
    if (commit.version != next) return MissingCommit(listing, next);
    segment.commits.push_back(commit);
    ++next;
  }
  if (next != version + 1) return MissingCommit(listing, next);
  return segment;
}

std::optional<std::int64_t> OldestVersion(const LogListing& listing) {
  const auto last = listing.LastVersion();
  std::int64_t first_commit = last + 1;  // The commits from here to `last` are contiguous.
  for (auto it = listing.commits.rbegin(); it != listing.commits.rend(); ++it) {
    if (it->version != first_commit - 1) break;
    first_commit = it->version;
  }
  if (first_commit == 0) return 0;
  for (const auto& checkpoint : listing.checkpoints) {
    if (checkpoint.version >= first_commit - 1) return checkpoint.version;
  }
  return std::nullopt;
}

}  // namespace sluice::delta
