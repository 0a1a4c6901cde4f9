// Schemas and their folders.
#include "catalog/catalog.h"
#include "catalog/managed/admin.h"
#include "catalog/managed/checks.h"
#include "catalog/managed/lookup.h"
#include "catalog/managed/remarks.h"

namespace sluice::catalog {
namespace {

SchemaRecord RecordOf(const SchemaRow& row, std::string share) {
  SchemaRecord record{std::move(share), row.name, row.comment, row.created_ms};
  record.properties = MapOf(row.properties);
  record.folder = FolderOf(row);
  return record;
}

/// What is said of a schema together with its folder; nothing leaves what there was.
Remarks RemarksOf(const SchemaRecord& schema) {
  Remarks remarks;
  if (!schema.comment.empty()) remarks.comment = schema.comment;
  if (!schema.properties.empty()) remarks.properties = schema.properties;
  return remarks;
}

void PutFolder(const SharedFolder& folder, SchemaRow* row) {
  row->folder = folder.location;
  row->include = JoinLines(folder.include);
  row->exclude = JoinLines(folder.exclude);
  row->history_shared = folder.history_shared ? 1 : 0;
  row->row_filter = folder.row_filter;
  row->storage = TextOf(folder.storage);
}

}  // namespace

Result<std::vector<SchemaRecord>> Admin::ListSchemas(std::string_view share) const {
  std::vector<SchemaRecord> schemas;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto row, NeedShare(reader, share));
    SLUICE_TRY(const auto found, SelectAll<SchemaRow>(reader, KeyIs(row.key)));
    for (const auto& schema : found) schemas.push_back(RecordOf(schema, row.name));
    return {};
  }));
  return schemas;
}

Result<SchemaRecord> Admin::AddFolder(const SchemaRecord& schema) const {
  What what = Noted({"add folder", fmt::format("{}.{}", schema.share, schema.name)});
  SLUICE_RETURN_IF_ERROR(CheckText("a name", schema.name, 255));
  SLUICE_RETURN_IF_ERROR(CheckSchemaOrTableName(schema.name));
  SLUICE_RETURN_IF_ERROR(CheckRemarks(RemarksOf(schema)));
  SharedFolder folder = schema.folder.value_or(SharedFolder());
  SLUICE_RETURN_IF_ERROR(CheckFolder(folder, options_));
  SLUICE_TRY(folder.location, options_.folder_location(folder.location));
  SchemaRecord added;
  what.detail = folder.location;
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto share, NeedShare(writer, schema.share));
    SchemaRow row = {share.key, FoldName(schema.name), schema.name, "", Now()};
    SLUICE_TRY(auto before, FindOne<SchemaRow>(writer, row.share, row.key));
    if (before) row = *std::move(before);
    if (!row.folder.empty()) {
      return Fail(ErrorKind::kAlreadyExists, "schema '{}.{}' has a folder already", share.name,
                  row.name);
    }
    PutFolder(folder, &row);
    SLUICE_TRY(row, Rewrite(writer, KeyIs(row.share, row.key), row, RemarksOf(schema)));
    added = RecordOf(row, share.name);
    return {};
  }));
  return added;
}

Result<SchemaRecord> Admin::AlterSchema(std::string_view share, std::string_view schema,
                                        const Remarks& remarks) const {
  const What what = Noted({"alter schema", fmt::format("{}.{}", share, schema)});
  SLUICE_RETURN_IF_ERROR(CheckRemarks(remarks));
  SchemaRecord altered;
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto owner, NeedShare(writer, share));
    SLUICE_TRY(auto row, NeedSchema(writer, share, schema));
    SLUICE_TRY(row, Rewrite(writer, KeyIs(row.share, row.key), row, remarks));
    altered = RecordOf(row, owner.name);
    return {};
  }));
  return altered;
}

}  // namespace sluice::catalog
