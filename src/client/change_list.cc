#include "client/change_list.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace sluice::client {
namespace {

using protocol::File;
using protocol::FileKind;

/// The advice for listings that cannot be held.
constexpr std::string_view kAskForLess = "ask for the changes of fewer versions at a time";

std::int64_t BytesOf(const File& file) {
  std::size_t bytes = sizeof(File) + file.url.capacity() + file.id.capacity();
  for (const auto& partition : file.partition_values) {
    const auto& [name, value] = partition;
    bytes += sizeof(partition) + name.size() + (value ? value->size() : 0);
  }
  if (file.stats) bytes += file.stats->capacity();
  if (file.deletion_vector) bytes += file.deletion_vector->path_or_inline.capacity();
  return static_cast<std::int64_t>(bytes);
}

/// Of files that are listed twice, the last counts.
using Index = std::unordered_map<std::string_view, std::size_t>;

Index IndexOf(const std::vector<File>& files, FileKind kind) {
  Index index;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].kind == kind) index[files[i].id] = i;
  }
  return index;
}

}  // namespace

Status ChangeList::Add(File file) {
  const bool has_version = file.version && *file.version >= 0;
  if (!has_version || !file.timestamp_ms) {
    return Fail(ErrorKind::kMalformed, "the server lists file {} without its {}",
                file.id.substr(0, 128), has_version ? "timestamp" : "version");
  }
  const std::int64_t version = *file.version;
  // What a server gives beyond the end is not asked for, and what changes no row is no change.
  if (version > options_.last_version) return {};
  if (file.kind != FileKind::kCdc && !file.data_change) return {};
  if (version < given_below_) {
    return Fail(ErrorKind::kUnsupported,
                "the server lists very many changes, and those of version {} after later ones; {}",
                version, kAskForLess);
  }
  if (version < newest_) in_order_ = false;
  newest_ = std::max(newest_, version);
  bytes_waiting_ += BytesOf(file);
  ++num_waiting_;
  waiting_[version].push_back(std::move(file));
  if (num_waiting_ > options_.max_waiting && in_order_) SLUICE_RETURN_IF_ERROR(GiveBelow(newest_));
  if (bytes_waiting_ > options_.max_bytes) {
    return Fail(ErrorKind::kTooLarge, "the server lists more changes than can be held; {}",
                kAskForLess);
  }
  return {};
}

Status ChangeList::Finish() {
  return GiveBelow(newest_ + 1);
}

Status ChangeList::GiveBelow(std::int64_t version) {
  given_below_ = version;
  while (!waiting_.empty() && waiting_.begin()->first < version) {
    const Files files = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    num_waiting_ -= files.size();
    for (const File& file : files) bytes_waiting_ -= BytesOf(file);
    SLUICE_RETURN_IF_ERROR(GiveVersion(files));
  }
  return {};
}

/// Of a commit that did nothing else.
Status ChangeList::GiveAdded(const Files& files) {
  const auto other = std::find_if(files.begin(), files.end(),
                                  [](const File& file) { return file.kind != FileKind::kAdd; });
  if (other != files.end()) {
    if (options_.rows == CommitRows::kAddedAlone) return {};
    return Fail(ErrorKind::kUnsupported,
                "version {} does not only add rows: it removes or rewrites some; read its changes "
                "where the table has a change data feed, or leave such versions out with the "
                "option skip_change_commits",
                other->version.value_or(-1));
  }
  const Index added = IndexOf(files, FileKind::kAdd);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (added.at(files[i].id) != i) continue;
    SLUICE_RETURN_IF_ERROR(sink_({"", files[i], std::nullopt}));
  }
  return {};
}

Status ChangeList::GiveVersion(const Files& files) {
  if (options_.rows != CommitRows::kChanged) return GiveAdded(files);
  const Index changes = IndexOf(files, FileKind::kCdc);
  // A commit that says its changes means these alone.
  if (changes.empty()) return GiveMoves(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].kind != FileKind::kCdc || changes.at(files[i].id) != i) continue;
    SLUICE_RETURN_IF_ERROR(sink_({"", files[i], std::nullopt}));
  }
  return {};
}

Status ChangeList::GiveMoves(const Files& files) {
  const Index added = IndexOf(files, FileKind::kAdd);
  const Index removed = IndexOf(files, FileKind::kRemove);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const File& file = files[i];
    const bool is_add = file.kind == FileKind::kAdd;
    if ((is_add ? added : removed).at(file.id) != i) continue;
    const Index& others = is_add ? removed : added;
    const auto other = others.find(file.id);
    if (other == others.end()) {
      SLUICE_RETURN_IF_ERROR(sink_({is_add ? "insert" : "delete", file, std::nullopt}));
    } else if (is_add) {
      SLUICE_RETURN_IF_ERROR(GiveNewVector(files[other->second], file));
    }
  }
  return {};
}

Status ChangeList::GiveNewVector(const File& removed, const File& added) {
  if (added.deletion_vector) SLUICE_RETURN_IF_ERROR(sink_({"delete", added, removed}));
  if (removed.deletion_vector) SLUICE_RETURN_IF_ERROR(sink_({"insert", removed, added}));
  return {};
}

}  // namespace sluice::client
