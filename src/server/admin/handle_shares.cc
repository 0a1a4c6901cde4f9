// Operations on shares and tables, and the list of changes.
#include <boost/json.hpp>

#include "server/admin/handlers.h"

namespace sluice::admin {
namespace {

namespace json = boost::json;

constexpr std::int64_t kDefaultChanges = 100;

json::object ObjectOf(const catalog::ShareRecord& share) {
  json::object out{{"name", share.name}, {"id", share.id}};
  PutText("comment", share.comment, &out);
  PutMap("properties", share.properties, &out);
  PutTime("createdAt", share.created_ms, &out);
  return out;
}

json::object ObjectOf(const catalog::TableRecord& table) {
  json::object out{{"share", table.share},
                   {"schema", table.schema},
                   {"name", table.name},
                   {"id", table.id},
                   {"location", table.location},
                   {"historyShared", table.history_shared},
                   {"startVersion", table.start_version}};
  PutText("comment", table.comment, &out);
  PutTexts("files", table.files, &out);
  PutText("rowFilter", table.row_filter, &out);
  PutMap("storage", table.storage, &out);
  PutMap("properties", table.properties, &out);
  PutTime("createdAt", table.created_ms, &out);
  return out;
}

json::object ObjectOf(const catalog::SchemaRecord& schema) {
  json::object out{{"share", schema.share}, {"name", schema.name}};
  PutText("comment", schema.comment, &out);
  PutMap("properties", schema.properties, &out);
  if (schema.folder) {
    out["folder"] = schema.folder->location;
    PutTexts("include", schema.folder->include, &out);
    PutTexts("exclude", schema.folder->exclude, &out);
    out["historyShared"] = schema.folder->history_shared;
    PutText("rowFilter", schema.folder->row_filter, &out);
    PutMap("storage", schema.folder->storage, &out);
  }
  PutTime("createdAt", schema.created_ms, &out);
  return out;
}

bool FlagOf(const OperationCall& call, std::string_view name) {
  const auto* flag = call.parameters.if_contains(name);
  return flag != nullptr && flag->get_bool();
}

catalog::Remarks RemarksOf(const OperationCall& call) {
  catalog::Remarks remarks;
  if (call.parameters.contains("comment")) remarks.comment = TextOf(call, "comment");
  if (call.parameters.contains("properties")) remarks.properties = MapOf(call, "properties");
  return remarks;
}

template <typename Record>
json::array Array(const std::vector<Record>& records) {
  json::array items;
  for (const auto& record : records) items.emplace_back(ObjectOf(record));
  return items;
}

}  // namespace

Answer ListShares(const OperationCall& call) {
  SLUICE_TRY(const auto shares, call.admin.ListShares());
  return json::object{{"items", Array(shares)}};
}

Answer CreateShare(const OperationCall& call) {
  catalog::ShareRecord share{TextOf(call, "name"), TextOf(call, "id"), TextOf(call, "comment")};
  share.properties = MapOf(call, "properties");
  SLUICE_TRY(const auto created, call.admin.CreateShare(share));
  return ObjectOf(created);
}

Answer GetShare(const OperationCall& call) {
  SLUICE_TRY(const auto share, call.admin.GetShare(call.arguments.at(0)));
  SLUICE_TRY(const auto schemas, call.admin.ListSchemas(call.arguments.at(0)));
  SLUICE_TRY(const auto tables, call.admin.ListTables(call.arguments.at(0)));
  json::object out = ObjectOf(share);
  out["schemas"] = Array(schemas);
  out["tables"] = Array(tables);
  return out;
}

Answer AlterShare(const OperationCall& call) {
  SLUICE_TRY(const auto altered, call.admin.AlterShare(call.arguments.at(0), RemarksOf(call)));
  return ObjectOf(altered);
}

Answer DropShare(const OperationCall& call) {
  return Done(call.admin.DropShare(call.arguments.at(0)));
}

Answer AddTable(const OperationCall& call) {
  catalog::TableRecord table{call.arguments.at(0), TextOf(call, "schema"), TextOf(call, "name")};
  table.comment = TextOf(call, "comment");
  table.id = TextOf(call, "id");
  table.location = TextOf(call, "location");
  table.properties = MapOf(call, "properties");
  table.history_shared = FlagOf(call, "historyShared");
  table.start_version = NumberOf(call, "startVersion").value_or(0);
  table.files = TextsOf(call, "files");
  table.row_filter = TextOf(call, "rowFilter");
  table.storage = MapOf(call, "storage");
  SLUICE_TRY(const auto added, call.admin.AddTable(table));
  return ObjectOf(added);
}

Answer AddFolder(const OperationCall& call) {
  catalog::SchemaRecord schema{call.arguments.at(0), TextOf(call, "schema"),
                               TextOf(call, "comment")};
  schema.properties = MapOf(call, "properties");
  schema.folder = {TextOf(call, "location"),  TextsOf(call, "include"),
                   TextsOf(call, "exclude"),  FlagOf(call, "historyShared"),
                   TextOf(call, "rowFilter"), MapOf(call, "storage")};
  SLUICE_TRY(const auto added, call.admin.AddFolder(schema));
  return ObjectOf(added);
}

Answer AlterSchema(const OperationCall& call) {
  const auto& names = call.arguments;
  SLUICE_TRY(const auto altered, call.admin.AlterSchema(names.at(0), names.at(1), RemarksOf(call)));
  return ObjectOf(altered);
}

Answer AlterTable(const OperationCall& call) {
  const auto& names = call.arguments;
  SLUICE_TRY(const auto altered,
             call.admin.AlterTable(names.at(0), names.at(1), names.at(2), RemarksOf(call)));
  return ObjectOf(altered);
}

Answer RemoveSchema(const OperationCall& call) {
  return Done(call.admin.RemoveSchema(call.arguments.at(0), call.arguments.at(1)));
}

Answer RemoveTable(const OperationCall& call) {
  return Done(
      call.admin.RemoveTable(call.arguments.at(0), call.arguments.at(1), call.arguments.at(2)));
}

Answer ListChanges(const OperationCall& call) {
  const auto limit = NumberOf(call, "limit").value_or(kDefaultChanges);
  SLUICE_TRY(const auto changes, call.admin.ListChanges(static_cast<std::size_t>(limit)));
  json::array items;
  for (const auto& change : changes) {
    json::object item{{"version", change.version}};
    PutTime("time", change.at_ms, &item);
    item["actor"] = change.actor;
    item["action"] = change.action;
    item["target"] = change.target;
    item["detail"] = change.detail;
    items.emplace_back(std::move(item));
  }
  return json::object{{"items", std::move(items)}};
}

}  // namespace sluice::admin
