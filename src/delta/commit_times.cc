#include "delta/commit_times.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/clock.h"
#include "delta/commit_reader.h"

namespace sluice::delta {
namespace {

constexpr std::int64_t kFirstLineBytes = 64 * 1024;

/// The first line of a commit when it is short, so that a large commit is not read for it.
std::optional<std::string> FirstLine(const storage::ObjectStore& store, const std::string& key) {
  const auto file = store.Open(key);
  if (!file) return std::nullopt;
  const auto bytes = (*file)->ReadAt(0, kFirstLineBytes);
  if (!bytes.ok()) return std::nullopt;
  const std::string_view text(**bytes);
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(0, end));
}

}  // namespace

std::vector<CommitTime> FileTimes(const LogListing& listing) {
  std::vector<CommitTime> times;
  const auto oldest = OldestVersion(listing);
  if (!oldest) return times;
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const auto& commit : listing.commits) {
    if (commit.version < *oldest) continue;
    last = times.empty() ? commit.meta.modified_ms : std::max(commit.meta.modified_ms, last + 1);
    times.push_back({commit.version, last});
  }
  return times;
}

bool KeepsInCommitTimestamps(const Metadata& metadata) {
  return metadata.IsOn("delta.enableInCommitTimestamps");
}

std::int64_t InCommitTimestampsSince(const Metadata& metadata) {
  std::int64_t version = 0;
  if (const auto* text = metadata.Property("delta.inCommitTimestampEnablementVersion")) {
    std::from_chars(text->data(), text->data() + text->size(), version);
  }
  return version;
}

Result<std::optional<std::int64_t>> ReadInCommitTimestamp(const storage::ObjectStore& store,
                                                          const std::string& key,
                                                          std::int64_t max_bytes) {
  if (const auto line = FirstLine(store, key)) {
    if (const auto actions = ParseActions(*line, key); actions && actions->commit_info) {
      return actions->commit_info->in_commit_timestamp;
    }
  }
  SLUICE_TRY(const auto actions, ReadActions(store, key, max_bytes));
  if (!actions.commit_info) return std::nullopt;
  return actions.commit_info->in_commit_timestamp;
}

History::History(const LogListing& listing, const Metadata& metadata, Source source)
    : source_(source), times_(FileTimes(listing)) {
  in_commit_from_ = times_.size();
  if (KeepsInCommitTimestamps(metadata)) {
    const auto since = InCommitTimestampsSince(metadata);
    const auto first = std::find_if(times_.begin(), times_.end(), [since](const CommitTime& time) {
      return time.version >= since;
    });
    in_commit_from_ = static_cast<std::size_t>(first - times_.begin());
  }
}

Result<std::int64_t> History::TimeOf(std::size_t i) const {
  if (i < in_commit_from_) return times_[i].millis;
  SLUICE_TRY(const auto in_commit,
             ReadInCommitTimestamp(*source_.store, CommitKey(times_[i].version),
                                   source_.max_commit_bytes));
  return in_commit.value_or(times_[i].millis);
}

Result<std::size_t> History::CountBefore(std::int64_t millis, bool inclusive) const {
  // In-commit timestamps are later than all file times before them and grow, so that the whole is
  // sorted and few commits are read.
  std::size_t low = 0;
  std::size_t high = times_.size();
  if (in_commit_from_ < times_.size()) {
    SLUICE_TRY(const auto first, TimeOf(in_commit_from_));
    const bool before = inclusive ? first <= millis : first < millis;
    (before ? low : high) = before ? in_commit_from_ + 1 : in_commit_from_;
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    SLUICE_TRY(const auto time, TimeOf(middle));
    if (inclusive ? time <= millis : time < millis) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

tl::unexpected<Error> History::OutOfRange(std::int64_t millis) const {
  if (times_.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "no version by timestamp: the log has no commit files any more");
  }
  const auto first = TimeOf(0);
  const auto last = TimeOf(times_.size() - 1);
  if (!first) return Fail(first.error());
  if (!last) return Fail(last.error());
  return Fail(ErrorKind::kInvalidArgument,
              "timestamp {} is outside the log, which has commits from {} (version {}) to {} "
              "(version {})",
              FormatTimestamp(millis), FormatTimestamp(*first), times_.front().version,
              FormatTimestamp(*last), times_.back().version);
}

Result<std::int64_t> History::AtOrBefore(std::int64_t millis) const {
  SLUICE_TRY(const auto count, CountBefore(millis, /*inclusive=*/true));
  if (count == 0) return OutOfRange(millis);
  if (count == times_.size()) {
    SLUICE_TRY(const auto last, TimeOf(count - 1));
    if (millis > last) return OutOfRange(millis);
  }
  return times_[count - 1].version;
}

Result<std::int64_t> History::AtOrAfter(std::int64_t millis) const {
  SLUICE_TRY(const auto count, CountBefore(millis, /*inclusive=*/false));
  if (count == times_.size()) return OutOfRange(millis);
  return times_[count].version;
}

}  // namespace sluice::delta
