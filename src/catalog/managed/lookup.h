// Finding what an admin names. Not part of this folder's interface. Errors: kNotFound, naming it.
#pragma once

#include <string_view>

#include "catalog/managed/records.h"

namespace sluice::catalog {

Result<ShareRow> NeedShare(rows::RowReader& reader, std::string_view share);
Result<SchemaRow> NeedSchema(rows::RowReader& reader, std::string_view share,
                             std::string_view schema);
Result<TableRow> NeedTable(rows::RowReader& reader, std::string_view share, std::string_view schema,
                           std::string_view table);
Result<RecipientRow> NeedRecipient(rows::RowReader& reader, std::string_view recipient);

}  // namespace sluice::catalog
