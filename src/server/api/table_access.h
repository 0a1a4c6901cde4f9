// From a call to the table, the version, the snapshot and the rows it may read. All of it ends with
// WouldWait where a call at once would have to wait.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "catalog/catalog.h"
#include "delta/table.h"
#include "predicate/expression.h"
#include "protocol/types.h"
#include "server/api/call.h"
#include "server/api/file_line.h"
#include "server/api/table_cache.h"

namespace sluice::api {

struct SharedTable {
  catalog::Table entry;
  std::shared_ptr<const OpenTable> open;
  /// Where the table lies, if recipients may read that with temporary credentials; else empty.
  std::string directory;
  /// Which rows the recipient sees; null: every row.
  predicate::ExpressionPtr rows;
};

/// As SharedTable::directory. Such credentials open the table's whole folder, so only tables that
/// share all of their history, files and rows with the recipient are read so.
std::string DirectoryOf(const Call& call, const catalog::Table& table);

/// The table of the call's path, when the recipient may see it; writes both into the audit, and is
/// found once.
/// Errors: kNotFound, the same for what does not exist and what is not granted; kDataMissing for a
/// row filter that is none.
Result<std::shared_ptr<const SharedTable>> FindTable(Call& call);

/// The newest version for a call at once, by one look at the log however often it is asked for.
/// Errors: WouldWait, also where the recipient does not see every row.
Result<delta::SnapshotPtr> NewestAtHand(Call& call, const SharedTable& table);

/// Which version is asked for; nothing means the latest. At most one of the first two is set.
struct VersionChoice {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
  /// What an earlier answer made of it, so that this recipient has had the version already.
  std::optional<std::int64_t> pinned = {};
  bool asked() const { return version || timestamp_ms; }
};

/// A version of a table, as it is and as the recipient sees it. What is told is told of `shown`.
struct VersionFiles {
  delta::SnapshotPtr whole;
  delta::SnapshotPtr shown;  ///< The same one where every row is seen.
};

/// The version that was chosen, and its number into the audit. Errors: kInvalidArgument when
/// history is not shared or the version lies before what is; kDataMissing where a row filter cannot
/// be applied, and why into the audit; those of delta::Table as OfTable turns them.
Result<VersionFiles> ReadSnapshot(Call& call, const SharedTable& table,
                                  const VersionChoice& choice);

/// The newest version, or the first one at or after a time. Errors: as ReadSnapshot.
Result<std::int64_t> ReadVersion(Call& call, const SharedTable& table,
                                 std::optional<std::int64_t> since_ms);

/// What happened since a version, which goes into the audit, to the rows that the recipient sees.
/// Errors: as ReadSnapshot.
Result<delta::ChangesPtr> ReadChanges(Call& call, const SharedTable& table,
                                      delta::ChangesRequest request);

/// The last version at or before a time. Errors: as ReadChanges.
Result<std::int64_t> ReadVersionBefore(const SharedTable& table, std::int64_t millis);

/// What the lines of this call's answer share. Errors: those of the store, when it cannot sign.
Result<FileLineOptions> LineOptions(Call& call, const SharedTable& table,
                                    protocol::ResponseFormat format);

/// How a snapshot is answered to this call; `settled` is the format of an earlier part of the
/// answer. Errors: kUnsupported telling what to ask for.
Result<protocol::ResponseFormat> ChooseFormat(
    const Call& call, const delta::Snapshot& snapshot,
    std::optional<protocol::ResponseFormat> settled = std::nullopt);

/// The call's capabilities, when its answer has been in one format so far.
protocol::Capabilities OnlyFormat(const Call& call,
                                  std::optional<protocol::ResponseFormat> settled);

/// What the headers of an answer about a table tell of it.
struct TableHead {
  std::int64_t version = 0;
  std::optional<protocol::ResponseFormat> format = {};
  /// The answer has an endStreamAction as its last line, where the client asks for one. Clients
  /// take an answer that promises it and lacks it for a part.
  bool may_end = false;
};

/// Delta-Table-Version, delta-sharing-capabilities when there is a format and, when the call has
/// one, fileidhash.
void AddTableHeaders(const Call& call, const TableHead& about, http::ResponseHead* head);

}  // namespace sluice::api
