// The answer to a query of one version of a table: its files, whole or a page of them.
#pragma once

#include <optional>

#include "protocol/request.h"
#include "server/api/snapshot_token.h"
#include "server/api/table_access.h"

namespace sluice::api {

struct SnapshotQuestion {
  protocol::QueryRequest request;  ///< Without startingVersion.
  /// Answered with this version, whatever the request says of the newest one or of a time.
  std::optional<PinnedVersion> pinned;
};

/// Errors: as ReadSnapshot; kUnsupported when the client cannot take the table; kInvalidArgument
/// for a token that is not of this question.
Result<Answer> AnswerSnapshot(Call& call, const SharedTable& table,
                              const SnapshotQuestion& question);

/// The version and the format that the answer will be of; does the work that it needs before its
/// first line. Errors: as AnswerSnapshot.
Result<PinnedVersion> SettleSnapshot(Call& call, const SharedTable& table,
                                     const SnapshotQuestion& question);

}  // namespace sluice::api
