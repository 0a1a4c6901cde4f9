// Tokens of a query of one version: where its next page begins, and which version it has to be when
// URLs are renewed.
#pragma once

#include <optional>
#include <string>

#include "delta/file_order.h"
#include "protocol/request.h"
#include "protocol/types.h"
#include "server/api/table_access.h"

namespace sluice::api {

/// A version that an earlier answer was of.
struct PinnedVersion {
  std::int64_t version = 0;
  std::optional<protocol::ResponseFormat> format;  ///< Given: that of the answer so far.
};

/// Where a page begins.
struct SnapshotPage {
  PinnedVersion pinned;  ///< With its format.
  delta::FilePlace after;
  /// Files of the version behind `after` that the recipient sees, hinted away or not: a version
  /// that was made anew meanwhile is told by it.
  std::int64_t files_after = 0;
  std::optional<std::int64_t> rows_left;  ///< Of the limit.
};

/// The page a query asks for; nullopt: the first. Errors: as TokenSeal::Open.
Result<std::optional<SnapshotPage>> OpenSnapshotPage(const Call& call, const SharedTable& table,
                                                     const protocol::QueryRequest& request);
std::string SealSnapshotPage(const Call& call, const SharedTable& table,
                             const protocol::QueryRequest& request, const SnapshotPage& page);

/// The version that a refresh token was made for; nullopt without one. Errors: as TokenSeal::Open.
Result<std::optional<PinnedVersion>> OpenRefreshToken(const Call& call, const SharedTable& table,
                                                      const protocol::QueryRequest& request);
std::string SealRefreshToken(const Call& call, const SharedTable& table,
                             const protocol::QueryRequest& request, const PinnedVersion& pinned);

}  // namespace sluice::api
