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
  PutTime("createdAt", table.created_ms, &out);
  return out;
}

}  // namespace

Answer ListShares(const OperationCall& call) {
  SLUICE_TRY(const auto shares, call.admin.ListShares());
  json::array items;
  for (const auto& share : shares) items.emplace_back(ObjectOf(share));
  return json::object{{"items", std::move(items)}};
}

Answer CreateShare(const OperationCall& call) {
  catalog::ShareRecord share{TextOf(call, "name"), TextOf(call, "id"), TextOf(call, "comment")};
  SLUICE_TRY(const auto created, call.admin.CreateShare(share));
  return ObjectOf(created);
}

Answer GetShare(const OperationCall& call) {
  SLUICE_TRY(const auto share, call.admin.GetShare(call.arguments.at(0)));
  SLUICE_TRY(const auto tables, call.admin.ListTables(call.arguments.at(0)));
  json::object out = ObjectOf(share);
  json::array items;
  for (const auto& table : tables) items.emplace_back(ObjectOf(table));
  out["tables"] = std::move(items);
  return out;
}

Answer DropShare(const OperationCall& call) {
  return Done(call.admin.DropShare(call.arguments.at(0)));
}

Answer AddTable(const OperationCall& call) {
  catalog::TableRecord table{call.arguments.at(0), TextOf(call, "schema"), TextOf(call, "name")};
  table.comment = TextOf(call, "comment");
  table.id = TextOf(call, "id");
  table.location = TextOf(call, "location");
  const auto* history = call.parameters.if_contains("historyShared");
  table.history_shared = history != nullptr && history->get_bool();
  table.start_version = NumberOf(call, "startVersion").value_or(0);
  table.files = TextsOf(call, "files");
  table.row_filter = TextOf(call, "rowFilter");
  table.storage = MapOf(call, "storage");
  SLUICE_TRY(const auto added, call.admin.AddTable(table));
  return ObjectOf(added);
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
