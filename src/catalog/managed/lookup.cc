#include "catalog/managed/lookup.h"

#include "base/encoding.h"
#include "catalog/catalog.h"

namespace sluice::catalog {
namespace {

std::string Shown(std::string_view name) {
  constexpr std::size_t kMaxShownBytes = 255;
  return Printable(name, kMaxShownBytes);
}

}  // namespace

Result<ShareRow> NeedShare(rows::RowReader& reader, std::string_view share) {
  SLUICE_TRY(auto found, FindOne<ShareRow>(reader, FoldName(share)));
  if (!found) return NoShare(Shown(share));
  return *std::move(found);
}

Result<SchemaRow> NeedSchema(rows::RowReader& reader, std::string_view share,
                             std::string_view schema) {
  SLUICE_RETURN_IF_ERROR(NeedShare(reader, share));
  SLUICE_TRY(auto found, FindOne<SchemaRow>(reader, FoldName(share), FoldName(schema)));
  if (!found) return NoSchema(Shown(share), Shown(schema));
  return *std::move(found);
}

Result<TableRow> NeedTable(rows::RowReader& reader, std::string_view share, std::string_view schema,
                           std::string_view table) {
  SLUICE_RETURN_IF_ERROR(NeedSchema(reader, share, schema));
  SLUICE_TRY(auto found,
             FindOne<TableRow>(reader, FoldName(share), FoldName(schema), FoldName(table)));
  if (!found) return NoTable(Shown(share), Shown(schema), Shown(table));
  return *std::move(found);
}

Result<RecipientRow> NeedRecipient(rows::RowReader& reader, std::string_view recipient) {
  SLUICE_TRY(auto found, FindOne<RecipientRow>(reader, FoldName(recipient)));
  if (!found) {
    return Fail(ErrorKind::kNotFound, "recipient '{}' does not exist", Shown(recipient));
  }
  return *std::move(found);
}

}  // namespace sluice::catalog
