// From a call to the table, the version and the snapshot it may read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "catalog/catalog.h"
#include "delta/table.h"
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
};

/// As SharedTable::directory. Such credentials open the table's whole folder, so only tables that
/// share all of their history and all of their files are read so.
std::string DirectoryOf(const Service& service, const catalog::Table& table);

/// The table of the call's path, when the recipient may see it; writes both into the audit, and
/// is found once.
/// Errors: kNotFound, the same for what does not exist and what is not granted.
Result<SharedTable> FindTable(Call& call);

/// Which version is asked for; nothing means the latest. At most one of the first two is set.
struct VersionChoice {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
  /// What an earlier answer made of it, so that this recipient has had the version already.
  std::optional<std::int64_t> pinned = {};
  bool asked() const { return version || timestamp_ms; }
};

/// The snapshot, and its version into the audit. Errors: kInvalidArgument when history is not
/// shared or the version lies before what is; those of delta::Table as OfTable turns them.
Result<delta::SnapshotPtr> ReadSnapshot(Call& call, const SharedTable& table,
                                        const VersionChoice& choice);

/// The newest version, or the first one at or after a time. Errors: as ReadSnapshot.
Result<std::int64_t> ReadVersion(Call& call, const SharedTable& table,
                                 std::optional<std::int64_t> since_ms);

/// What happened since a version, which goes into the audit.
/// Errors: kInvalidArgument when history is not shared or the version lies before what is; those of
/// delta::Table as OfTable turns them.
Result<delta::ChangesPtr> ReadChanges(Call& call, const SharedTable& table,
                                      const delta::ChangesRequest& request);

/// The last version at or before a time. Errors: as ReadChanges.
Result<std::int64_t> ReadVersionBefore(const SharedTable& table, std::int64_t millis);

/// What the lines of this call's answer share. Errors: kInvalidArgument for an unknown fileidhash.
Result<FileLineOptions> LineOptions(const Call& call, const SharedTable& table,
                                    protocol::ResponseFormat format);

/// How a snapshot is answered to this call; `settled` is the format of an earlier part of the
/// answer. Errors: kUnsupported telling what to ask for.
Result<protocol::ResponseFormat> ChooseFormat(
    const Call& call, const delta::Snapshot& snapshot,
    std::optional<protocol::ResponseFormat> settled = std::nullopt);

/// The call's capabilities, when its answer has been in one format so far.
protocol::Capabilities OnlyFormat(const Call& call,
                                  std::optional<protocol::ResponseFormat> settled);

/// Delta-Table-Version, delta-sharing-capabilities and, when the call has one, fileidhash.
void AddTableHeaders(const Call& call, std::int64_t version,
                     std::optional<protocol::ResponseFormat> format, http::ResponseHead* head);

}  // namespace sluice::api
