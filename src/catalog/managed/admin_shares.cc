// Shares, schemas and tables.
#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/managed/admin.h"
#include "catalog/managed/checks.h"
#include "catalog/managed/lookup.h"
#include "catalog/managed/remarks.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kIdBytes = 16;

ShareRecord RecordOf(const ShareRow& row) {
  return {row.name, row.id, row.comment, row.created_ms, MapOf(row.properties)};
}

/// `share` and `schema` as they are spelled.
TableRecord RecordOf(const TableRow& row, std::string share, std::string schema) {
  TableRecord record{std::move(share), std::move(schema), row.name};
  record.comment = row.comment;
  record.id = row.id;
  record.location = row.location;
  record.history_shared = row.history_shared != 0;
  record.start_version = row.start;
  record.files = SplitLines(row.files);
  record.row_filter = row.row_filter;
  record.storage = MapOf(row.storage);
  record.created_ms = row.created_ms;
  record.properties = MapOf(row.properties);
  return record;
}

TableRow RowOf(const TableRecord& table, std::int64_t now_ms) {
  TableRow row;
  row.share = FoldName(table.share);
  row.schema = FoldName(table.schema);
  row.key = FoldName(table.name);
  row.name = table.name;
  row.comment = table.comment;
  row.id = table.id.empty() ? HexEncode(RandomBytes(kIdBytes)) : table.id;
  row.location = table.location;
  row.history_shared = table.history_shared ? 1 : 0;
  row.start = table.start_version;
  row.files = JoinLines(table.files);
  row.row_filter = table.row_filter;
  row.storage = TextOf(table.storage);
  row.created_ms = now_ms;
  row.properties = TextOf(table.properties);
  return row;
}

std::string NameOf(std::string_view share, std::string_view schema, std::string_view table) {
  return fmt::format("{}.{}.{}", share, schema, table);
}

/// The schema of the name, made if it is missing.
Result<SchemaRow> NeedOrMakeSchema(rows::RowWriter& writer, const TableRecord& table,
                                   std::int64_t now_ms) {
  const SchemaRow made = {FoldName(table.share), FoldName(table.schema), table.schema, "", now_ms};
  SLUICE_TRY(auto found, FindOne<SchemaRow>(writer, made.share, made.key));
  if (found) return *std::move(found);
  SLUICE_RETURN_IF_ERROR(InsertOne(writer, made));
  return made;
}

/// Signed URLs name a table by its id, so one id must not mean two places.
Status CheckIdIsFree(rows::RowReader& reader, const TableRow& row) {
  SLUICE_TRY(const auto same, SelectAll<TableRow>(reader, {{TableRow::kId, row.id}}));
  for (const auto& other : same) {
    if (other.location == row.location) continue;
    return Fail(ErrorKind::kAlreadyExists, "'{}' is the id of a table at another location", row.id);
  }
  return {};
}

}  // namespace

Result<ShareRecord> Admin::CreateShare(const ShareRecord& share) const {
  const What what = Noted({"create share", share.name});
  SLUICE_RETURN_IF_ERROR(CheckShareName(share.name));
  SLUICE_RETURN_IF_ERROR(CheckText("a name", share.name, 255));
  SLUICE_RETURN_IF_ERROR(CheckText("an id", share.id, 255));
  SLUICE_RETURN_IF_ERROR(CheckRemarks({share.comment, share.properties}));
  const ShareRow row = {FoldName(share.name),
                        share.name,
                        share.id.empty() ? HexEncode(RandomBytes(kIdBytes)) : share.id,
                        share.comment,
                        Now(),
                        TextOf(share.properties)};
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto taken, FindOne<ShareRow>(writer, row.key));
    if (taken) {
      return Fail(ErrorKind::kAlreadyExists, "share '{}' exists already", taken->name);
    }
    return InsertOne(writer, row);
  }));
  return RecordOf(row);
}

Result<std::vector<ShareRecord>> Admin::ListShares() const {
  std::vector<ShareRecord> shares;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto rows, SelectAll<ShareRow>(reader));
    for (const auto& row : rows) shares.push_back(RecordOf(row));
    return {};
  }));
  return shares;
}

Result<ShareRecord> Admin::GetShare(std::string_view share) const {
  ShareRecord record;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto row, NeedShare(reader, share));
    record = RecordOf(row);
    return {};
  }));
  return record;
}

Result<ShareRecord> Admin::AlterShare(std::string_view share, const Remarks& remarks) const {
  const What what = Noted({"alter share", std::string(share)});
  SLUICE_RETURN_IF_ERROR(CheckRemarks(remarks));
  ShareRecord altered;
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedShare(writer, share));
    SLUICE_TRY(const auto after, Rewrite(writer, KeyIs(row.key), row, remarks));
    altered = RecordOf(after);
    return {};
  }));
  return altered;
}

Status Admin::DropShare(std::string_view share) const {
  return Change({"drop share", std::string(share)}, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedShare(writer, share));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kTables, KeyIs(row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kSchemas, KeyIs(row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kGrants, {{GrantRow::kShare, row.key}}));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kShares, KeyIs(row.key)));
    return {};
  });
}

Result<TableRecord> Admin::AddTable(const TableRecord& table) const {
  const What what = Noted({"add table", NameOf(table.share, table.schema, table.name)});
  SLUICE_RETURN_IF_ERROR(CheckTable(table, options_));
  TableRecord added;
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto share, NeedShare(writer, table.share));
    SLUICE_TRY(const auto schema, NeedOrMakeSchema(writer, table, Now()));
    const TableRow row = RowOf(table, Now());
    SLUICE_TRY(const auto taken, FindOne<TableRow>(writer, row.share, row.schema, row.key));
    if (taken) {
      return Fail(ErrorKind::kAlreadyExists, "table '{}' exists already",
                  NameOf(share.name, schema.name, taken->name));
    }
    SLUICE_RETURN_IF_ERROR(CheckIdIsFree(writer, row));
    added = RecordOf(row, share.name, schema.name);
    return InsertOne(writer, row);
  }));
  return added;
}

Result<std::vector<TableRecord>> Admin::ListTables(std::string_view share) const {
  std::vector<TableRecord> tables;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto row, NeedShare(reader, share));
    SLUICE_TRY(const auto schemas, SelectAll<SchemaRow>(reader, KeyIs(row.key)));
    for (const auto& schema : schemas) {
      SLUICE_TRY(const auto found, SelectAll<TableRow>(reader, KeyIs(row.key, schema.key)));
      for (const auto& table : found) tables.push_back(RecordOf(table, row.name, schema.name));
    }
    return {};
  }));
  return tables;
}

Result<TableRecord> Admin::AlterTable(std::string_view share, std::string_view schema,
                                      std::string_view table, const Remarks& remarks) const {
  const What what = Noted({"alter table", NameOf(share, schema, table)});
  SLUICE_RETURN_IF_ERROR(CheckRemarks(remarks));
  TableRecord altered;
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto of_share, NeedShare(writer, share));
    SLUICE_TRY(const auto of_schema, NeedSchema(writer, share, schema));
    SLUICE_TRY(auto row, NeedTable(writer, share, schema, table));
    SLUICE_TRY(row, Rewrite(writer, KeyIs(row.share, row.schema, row.key), row, remarks));
    altered = RecordOf(row, of_share.name, of_schema.name);
    return {};
  }));
  return altered;
}

Status Admin::RemoveTable(std::string_view share, std::string_view schema,
                          std::string_view table) const {
  const What what = {"remove table", NameOf(share, schema, table)};
  return Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedTable(writer, share, schema, table));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kTables, KeyIs(row.share, row.schema, row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kGrants, {{GrantRow::kShare, row.share},
                                                         {GrantRow::kSchema, row.schema},
                                                         {GrantRow::kTable, row.key}}));
    return {};
  });
}

Status Admin::RemoveSchema(std::string_view share, std::string_view schema) const {
  const What what = {"remove schema", fmt::format("{}.{}", share, schema)};
  return Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedSchema(writer, share, schema));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kTables, KeyIs(row.share, row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kSchemas, KeyIs(row.share, row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(
        rows::kGrants, {{GrantRow::kShare, row.share}, {GrantRow::kSchema, row.key}}));
    return {};
  });
}

}  // namespace sluice::catalog
