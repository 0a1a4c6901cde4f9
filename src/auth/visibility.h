// What a recipient may see of a catalog: pure functions of the recipient's grants. Deny by default;
// what may not be seen reads like what does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace sluice::auth {

/// Whether anything of the share, or of the schema, exists for the recipient: it holds a grant on
/// it, on what it is in, or on something in it. Names compare without case. A grant that names a
/// table and no schema grants nothing.
bool CanSeeShare(const catalog::Recipient& recipient, std::string_view share);
bool CanSeeSchema(const catalog::Recipient& recipient, std::string_view share,
                  std::string_view schema);

struct TableName {
  std::string_view share;
  std::string_view schema;
  std::string_view table;
};
bool CanSeeTable(const catalog::Recipient& recipient, const TableName& name);

/// kNotFound, in the words of the catalog for the first of the names that does not exist for the
/// recipient.
Status CheckShareVisible(const catalog::Recipient& recipient, std::string_view share);
Status CheckSchemaVisible(const catalog::Recipient& recipient, std::string_view share,
                          std::string_view schema);
Status CheckTableVisible(const catalog::Recipient& recipient, const TableName& name);

/// Which rows of a table a recipient sees: those for which the table's filter is true and, unless
/// there are none, any filter of the grants.
struct RowFilters {
  std::string table;                ///< Empty: every row.
  std::vector<std::string> grants;  ///< Of the grants that cover the table; empty: every row.

  bool all_rows() const { return table.empty() && grants.empty(); }
};

/// Of a table that the recipient cannot see: no row. A grant without a filter shows all rows that
/// the table's own filter leaves, whatever other grants say.
RowFilters RowFiltersOf(const catalog::Recipient& recipient, const catalog::Table& table);

}  // namespace sluice::auth
