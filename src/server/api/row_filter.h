// The rows of a table that a recipient sees: from the filters of its grants and of the table to the
// files that are left.
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "delta/partition_filter.h"
#include "predicate/expression.h"

namespace sluice::api {

/// What holds for a recipient and a table, its properties put in; null: every row is seen.
/// Errors: kDataMissing for a filter that is none; the message is not for recipients.
Result<predicate::ExpressionPtr> RowFilterOf(const catalog::Recipient& recipient,
                                             const catalog::Table& table);

/// Bound to the newest version of a table, which is what whoever wrote it had before them.
/// Errors: as delta::PartitionFilter::Bind and delta::Table::Latest.
Result<std::shared_ptr<const delta::PartitionFilter>> BindRowFilter(
    const predicate::Expression& filter, delta::Table& table);

/// The files of any version that are seen. Errors: as delta::PartitionFilter; kDataMissing where
/// the filter does not mean the same in that version as in the newest.
Result<delta::SnapshotPtr> ShownFiles(const predicate::Expression& filter, delta::Table& table,
                                      const delta::SnapshotPtr& version, ThreadPool* pool);

/// An error unless the filter means the same in every version that changes are of.
Status CheckChangesFilter(const delta::PartitionFilter& filter, const delta::Changes& changes);

}  // namespace sluice::api
