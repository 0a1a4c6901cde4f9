#include "server/api/row_filter.h"

#include "auth/visibility.h"
#include "predicate/sql_predicate.h"

namespace sluice::api {
namespace {

using predicate::ExpressionPtr;

Result<ExpressionPtr> Parse(const std::string& text, const catalog::Recipient& recipient) {
  auto filter = predicate::ParseRowFilter(text, recipient.properties);
  if (filter) return filter;
  return Fail(ErrorKind::kDataMissing, "row filter: {}", filter.error().message);
}

}  // namespace

Result<ExpressionPtr> RowFilterOf(const catalog::Recipient& recipient,
                                  const catalog::Table& table) {
  const auth::RowFilters filters = auth::RowFiltersOf(recipient, table);
  if (filters.all_rows()) return ExpressionPtr();
  std::vector<ExpressionPtr> all;
  if (!filters.table.empty()) {
    SLUICE_TRY(auto own, Parse(filters.table, recipient));
    all.push_back(std::move(own));
  }
  if (!filters.grants.empty()) {
    std::vector<ExpressionPtr> any;
    for (const auto& text : filters.grants) {
      SLUICE_TRY(auto filter, Parse(text, recipient));
      any.push_back(std::move(filter));
    }
    all.push_back(predicate::Or(std::move(any)));
  }
  return predicate::And(std::move(all));
}

Result<std::shared_ptr<const delta::PartitionFilter>> BindRowFilter(
    const predicate::Expression& filter, delta::Table& table) {
  SLUICE_TRY(const auto newest, table.Latest());
  SLUICE_TRY(auto bound,
             delta::PartitionFilter::Bind(filter, newest->metadata(), newest->schema()));
  return std::make_shared<const delta::PartitionFilter>(std::move(bound));
}

Result<delta::SnapshotPtr> ShownFiles(const predicate::Expression& filter, delta::Table& table,
                                      const delta::SnapshotPtr& version, ThreadPool* pool) {
  SLUICE_TRY(const auto bound,
             delta::PartitionFilter::Bind(filter, version->metadata(), version->schema()));
  SLUICE_TRY(const auto newest, table.Latest());
  if (newest->version() != version->version()) {
    SLUICE_RETURN_IF_ERROR(bound.CheckMeansTheSame(newest->metadata(), newest->schema()));
  }
  return bound.Apply(version, pool);
}

Status CheckChangesFilter(const delta::PartitionFilter& filter, const delta::Changes& changes) {
  for (const delta::TableState* state : {&changes.start(), &changes.end()}) {
    SLUICE_RETURN_IF_ERROR(filter.CheckMeansTheSame(state->metadata, state->schema));
  }
  for (const delta::ChangedCommit& commit : changes.commits()) {
    if (commit.metadata == nullptr) continue;
    SLUICE_TRY(const auto schema, delta::ParseSchema(*commit.metadata));
    SLUICE_RETURN_IF_ERROR(filter.CheckMeansTheSame(*commit.metadata, schema));
  }
  return {};
}

}  // namespace sluice::api
