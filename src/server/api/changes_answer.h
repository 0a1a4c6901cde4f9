// The answer to both questions for changes: the change data feed and a query that follows a table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "delta/changes.h"
#include "protocol/request.h"
#include "server/api/snapshot_token.h"
#include "server/api/table_access.h"

namespace sluice::api {

struct ChangesQuestion {
  delta::ChangesKind kind = delta::ChangesKind::kRows;
  std::int64_t first = 0;
  std::optional<std::int64_t> last;
  /// The first metadata is that of the first version, and later ones follow; otherwise it is that
  /// of the last version, which all rows have to fit.
  bool later_metadata = false;
  bool later_protocols = false;  ///< Delta format.
  std::optional<std::int64_t> max_files;
  std::string page_token;
  /// That of an earlier part of the answer.
  std::optional<protocol::ResponseFormat> format;
};

/// That of a query with a startingVersion.
ChangesQuestion ChangesOf(const protocol::QueryRequest& request);

/// Errors: as ReadChanges; kUnsupported when the client cannot take what changed, or when the rows
/// do not fit one schema; kInvalidArgument for a page token that is not of this question.
Result<Answer> AnswerChanges(Call& call, const SharedTable& table, const ChangesQuestion& question);

/// The last version that the answer will be of, and its format. Errors: as AnswerChanges.
Result<PinnedVersion> SettleChanges(Call& call, const SharedTable& table,
                                    const ChangesQuestion& question);

}  // namespace sluice::api
