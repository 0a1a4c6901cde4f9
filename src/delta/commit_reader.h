// Commits: the JSON files of the log, a line an action.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/thread_pool.h"
#include "delta/action_json.h"
#include "delta/log_segment.h"

namespace sluice::delta {

using FileAction = std::variant<AddFile, RemoveFile>;

/// What a snapshot needs of one commit or manifest; of repeated actions the last counts.
struct LoggedActions {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::optional<CommitInfo> commit_info;
  std::vector<FileAction> files;  ///< In the order of the lines.
  std::vector<Sidecar> sidecars;  ///< Of a v2 manifest.
};

struct CommitReadOptions {
  std::int64_t max_bytes = 0;  ///< Of one file.
  ThreadPool* pool = nullptr;  ///< Null: on the calling thread.
};

/// Parses a commit's text. Blank lines and CR before LF are passed over. `place` names the file in
/// errors ("_delta_log/….json line 2: …"). Errors: kCorrupt, kTooLarge.
Result<LoggedActions> ParseActions(std::string_view text, std::string_view place);

/// Reads one file. Errors: as ParseActions; kDataMissing when it is gone; from the store.
Result<LoggedActions> ReadActions(const storage::ObjectStore& store, std::string_view key,
                                  std::int64_t max_bytes);

/// Reads commits side by side; the result has their order.
Result<std::vector<LoggedActions>> ReadCommits(const storage::ObjectStore& store,
                                               const std::vector<LogFile>& commits,
                                               const CommitReadOptions& options);

/// Protocol and metadata of commits, newest first until both are found; in the result they have the
/// order of the commits, and no files. Reads a piece of a commit at a time. Errors: as ReadActions,
/// but lines of files are passed over unread.
Result<std::vector<LoggedActions>> ReadTableActions(const storage::ObjectStore& store,
                                                    const std::vector<LogFile>& commits);

}  // namespace sluice::delta
