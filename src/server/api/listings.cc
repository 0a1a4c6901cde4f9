#include "auth/visibility.h"
#include "protocol/ndjson_writer.h"
#include "server/api/endpoints.h"
#include "server/api/paging.h"
#include "server/api/service.h"
#include "server/api/table_access.h"

namespace sluice::api {
namespace {

/// What a recipient may not see does not exist for it; the audit knows better.
Status CheckShare(Call& call) {
  auto visible = auth::CheckShareVisible(call.recipient, call.arguments.front());
  if (!visible) call.audit.denied = fmt::format("no grant on share {}", call.arguments.front());
  return visible;
}

Status CheckSchema(Call& call) {
  const auto& names = call.arguments;
  auto visible = auth::CheckSchemaVisible(call.recipient, names[0], names[1]);
  if (!visible) call.audit.denied = fmt::format("no grant on schema {}.{}", names[0], names[1]);
  return visible;
}

Result<protocol::ListRequest> ListRequestOf(const Call& call) {
  SLUICE_TRY(const auto parameters, protocol::ParseQueryString(call.request.query));
  return protocol::ParseListRequest(parameters);
}

PageScope ScopeOf(const Call& call) {
  // Names hold no line breaks; the folded form is what makes two requests the same.
  std::string text = fmt::format("{}\n{}", call.audit.endpoint, call.recipient.name);
  for (const auto& argument : call.arguments) text += "\n" + catalog::FoldName(argument);
  const Service& service = call.service;
  return {service.token_keys(), Sha256(text), service.NowMillis(),
          service.options().page_token_lifetime_ms};
}

Answer JsonAnswer(std::string body) {
  Answer answer;
  answer.head.content_type = kJsonType;
  answer.body = std::move(body);
  return answer;
}

protocol::Share ToWire(const catalog::Share& share) {
  return {share.name, share.id, share.comment, share.properties};
}

protocol::Table ToWire(const Call& call, const catalog::Table& table, const std::string& share_id) {
  protocol::Table out;
  out.share_id = share_id;
  out.name = table.name;
  out.schema = table.schema;
  out.share = table.share;
  if (table.configured_id) out.id = table.id;
  out.access_modes = {std::string(protocol::kUrlAccess)};
  out.location = DirectoryOf(call, table);
  if (!out.location.empty()) out.access_modes.emplace_back(protocol::kDirectoryAccess);
  return out;
}

Result<Answer> TablesAnswer(const Call& call, const std::vector<catalog::Table>& found) {
  SLUICE_TRY(const auto request, ListRequestOf(call));
  SLUICE_TRY(const auto share, call.catalog->GetShare(call.arguments.front()));
  std::vector<protocol::Table> tables;
  tables.reserve(found.size());
  for (const auto& table : found) {
    if (auth::CanSeeTable(call.recipient, {table.share, table.schema, table.name})) {
      tables.push_back(ToWire(call, table, share.id));
    }
  }
  // A NUL sorts before every character of a name, as the end of a schema's name has to.
  const auto key_of = [](const protocol::Table& table) {
    return catalog::FoldName(table.schema) + '\0' + catalog::FoldName(table.name);
  };
  SLUICE_TRY(const auto page, Paginate(std::move(tables), request, ScopeOf(call), key_of));
  return JsonAnswer(protocol::FormatTables(page.items, page.next_page_token));
}

}  // namespace

Result<Answer> ListShares(Call& call) {
  SLUICE_TRY(const auto request, ListRequestOf(call));
  SLUICE_TRY(const auto found, call.catalog->ListShares());
  std::vector<protocol::Share> shares;
  for (const auto& share : found) {
    if (auth::CanSeeShare(call.recipient, share.name)) shares.push_back(ToWire(share));
  }
  const auto key_of = [](const protocol::Share& share) { return catalog::FoldName(share.name); };
  SLUICE_TRY(const auto page, Paginate(std::move(shares), request, ScopeOf(call), key_of));
  return JsonAnswer(protocol::FormatShares(page.items, page.next_page_token));
}

Result<Answer> GetShare(Call& call) {
  SLUICE_RETURN_IF_ERROR(CheckShare(call));
  SLUICE_TRY(const auto share, call.catalog->GetShare(call.arguments.front()));
  return JsonAnswer(protocol::FormatShare(ToWire(share)));
}

Result<Answer> ListSchemas(Call& call) {
  SLUICE_RETURN_IF_ERROR(CheckShare(call));
  SLUICE_TRY(const auto request, ListRequestOf(call));
  SLUICE_TRY(const auto found, call.catalog->ListSchemas(call.arguments.front()));
  std::vector<protocol::Schema> schemas;
  for (const auto& schema : found) {
    if (auth::CanSeeSchema(call.recipient, schema.share, schema.name)) {
      schemas.push_back({schema.name, schema.share});
    }
  }
  const auto key_of = [](const protocol::Schema& schema) { return catalog::FoldName(schema.name); };
  SLUICE_TRY(const auto page, Paginate(std::move(schemas), request, ScopeOf(call), key_of));
  return JsonAnswer(protocol::FormatSchemas(page.items, page.next_page_token));
}

Result<Answer> ListTables(Call& call) {
  SLUICE_RETURN_IF_ERROR(CheckSchema(call));
  SLUICE_TRY(const auto found, call.catalog->ListTables(call.arguments[0], call.arguments[1]));
  return TablesAnswer(call, found);
}

Result<Answer> ListAllTables(Call& call) {
  SLUICE_RETURN_IF_ERROR(CheckShare(call));
  SLUICE_TRY(const auto found, call.catalog->ListAllTables(call.arguments.front()));
  return TablesAnswer(call, found);
}

}  // namespace sluice::api
