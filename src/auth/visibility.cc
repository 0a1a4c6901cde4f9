#include "auth/visibility.h"

#include <algorithm>

namespace sluice::auth {
namespace {

using catalog::Grant;
using catalog::SameName;

bool IsSane(const Grant& grant) {
  return !grant.share.empty() && (grant.table.empty() || !grant.schema.empty());
}

template <typename Holds>
bool AnyGrant(const catalog::Recipient& recipient, const Holds& holds) {
  if (!recipient.grants) return true;
  return std::any_of(recipient.grants->begin(), recipient.grants->end(),
                     [&](const Grant& grant) { return IsSane(grant) && holds(grant); });
}

bool Covers(const Grant& grant, const TableName& name) {
  return IsSane(grant) && SameName(grant.share, name.share) &&
         (grant.schema.empty() || SameName(grant.schema, name.schema)) &&
         (grant.table.empty() || SameName(grant.table, name.table));
}

}  // namespace

bool CanSeeShare(const catalog::Recipient& recipient, std::string_view share) {
  return AnyGrant(recipient, [&](const Grant& grant) { return SameName(grant.share, share); });
}

bool CanSeeSchema(const catalog::Recipient& recipient, std::string_view share,
                  std::string_view schema) {
  return AnyGrant(recipient, [&](const Grant& grant) {
    return SameName(grant.share, share) && (grant.schema.empty() || SameName(grant.schema, schema));
  });
}

bool CanSeeTable(const catalog::Recipient& recipient, const TableName& name) {
  return AnyGrant(recipient, [&](const Grant& grant) { return Covers(grant, name); });
}

Status CheckShareVisible(const catalog::Recipient& recipient, std::string_view share) {
  if (CanSeeShare(recipient, share)) return {};
  return catalog::NoShare(share);
}

Status CheckSchemaVisible(const catalog::Recipient& recipient, std::string_view share,
                          std::string_view schema) {
  SLUICE_RETURN_IF_ERROR(CheckShareVisible(recipient, share));
  if (CanSeeSchema(recipient, share, schema)) return {};
  return catalog::NoSchema(share, schema);
}

Status CheckTableVisible(const catalog::Recipient& recipient, const TableName& name) {
  SLUICE_RETURN_IF_ERROR(CheckSchemaVisible(recipient, name.share, name.schema));
  if (CanSeeTable(recipient, name)) return {};
  return catalog::NoTable(name.share, name.schema, name.table);
}

RowFilters RowFiltersOf(const catalog::Recipient& recipient, const catalog::Table& table) {
  RowFilters filters;
  filters.table = table.row_filter;
  if (!recipient.grants) return filters;
  for (const Grant& grant : *recipient.grants) {
    if (!Covers(grant, {table.share, table.schema, table.name})) continue;
    if (grant.row_filter.empty()) {
      filters.grants.clear();
      return filters;
    }
    filters.grants.push_back(grant.row_filter);
  }
  // Nothing covers the table, which nobody should have asked for.
  if (filters.grants.empty()) filters.grants.emplace_back("FALSE");
  return filters;
}

}  // namespace sluice::auth
