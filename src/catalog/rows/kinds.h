// The kinds of rows of a catalog. Names in keys are folded (FoldName), and beside them stands how
// they were spelled. Times are milliseconds since the epoch; kNever stands for none.
#pragma once

#include "catalog/rows/row_store.h"

namespace sluice::catalog::rows {

inline constexpr std::int64_t kNever = -1;

extern const RowKind kSettings;     ///< name | value
extern const RowKind kShares;       ///< key | name, id, comment, created, properties
extern const RowKind kSchemas;      ///< share, key | name, comment, created, folder, …
extern const RowKind kTables;       ///< share, schema, key | name, comment, id, location, …
extern const RowKind kRecipients;   ///< key | name, comment, limits, networks, created
extern const RowKind kProperties;   ///< recipient, name | value
extern const RowKind kTokens;       ///< digest | id, recipient, created, expires
extern const RowKind kActivations;  ///< digest | recipient, expires, token lifetime
extern const RowKind kIdentities;  ///< id | recipient, issuer, subject, claims, properties, created
extern const RowKind kGrants;      ///< recipient, share, schema, table | row filter, created
extern const RowKind kAdmins;      ///< key | name, digest, created, expires
extern const RowKind kChanges;     ///< version | time, actor, action, target, detail

/// All of them.
std::span<const RowKind* const> AllKinds();

}  // namespace sluice::catalog::rows
