// Actions from and to JSON: one implementation for commits, v2 manifests and delta-format answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "delta/actions.h"

namespace sluice::delta {

struct CommitInfo {
  std::optional<std::int64_t> timestamp;
  std::optional<std::int64_t> in_commit_timestamp;
  /// A merge whose metrics say that it inserted, updated and deleted no row. Its files were
  /// rewritten, which is no change of data, though they may be marked as one.
  bool changes_no_row = false;
};

/// A file of a v2 checkpoint below `_delta_log/_sidecars`.
struct Sidecar {
  std::string path;  ///< As logged, percent-encoded.
  std::int64_t size_in_bytes = 0;
};

/// Any action this engine does not need to know (txn, domainMetadata, one from the future).
struct OtherAction {
  std::string name;
};

using Action = std::variant<AddFile, RemoveFile, AddCdcFile, Metadata, Protocol, CommitInfo,
                            Sidecar, OtherAction>;

/// Parses one line: an object with one action. Not thread-safe; keep one for many lines, it reuses
/// its buffers. Lines up to 64 MiB and 100 levels of nesting.
/// Errors: kCorrupt, naming the field, kTooLarge; the caller adds file and line.
class ActionParser {
 public:
  ActionParser();
  ~ActionParser();
  Result<Action> Parse(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Append the action's inner object, `{"minReaderVersion":…}` and so on, in the log's own form.
void AppendJson(const Protocol& protocol, std::string* out);
void AppendJson(const Metadata& metadata, std::string* out);
void AppendJson(const DeletionVector& vector, std::string* out);

}  // namespace sluice::delta
