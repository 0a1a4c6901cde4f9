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
};

/// Any action this engine does not need to know (txn, cdc, domainMetadata, one from the future).
struct OtherAction {
  std::string name;
};

using Action = std::variant<AddFile, RemoveFile, Metadata, Protocol, CommitInfo, OtherAction>;

/// Parses one line: an object with one action. Not thread-safe; keep one for many lines, it reuses
/// its buffers. Errors: kCorrupt, naming the field; the caller adds file and line.
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
