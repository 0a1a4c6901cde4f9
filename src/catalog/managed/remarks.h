// What is said of shares, schemas and tables. Not part of this folder's interface.
#pragma once

#include <utility>

#include "catalog/managed/admin.h"
#include "catalog/managed/records.h"

namespace sluice::catalog {

/// Within the bounds of the sharing protocol. Errors: kInvalidArgument.
Status CheckRemarks(const Remarks& remarks);

/// The row with the remarks, which has taken the place of the one with this key.
template <typename Row>
Result<Row> Rewrite(rows::RowWriter& writer, const rows::Cells& key, Row row,
                    const Remarks& remarks) {
  if (remarks.comment) row.comment = *remarks.comment;
  if (remarks.properties) row.properties = TextOf(*remarks.properties);
  SLUICE_RETURN_IF_ERROR(writer.Delete(Row::Kind(), key));
  SLUICE_RETURN_IF_ERROR(InsertOne(writer, row));
  return row;
}

}  // namespace sluice::catalog
