// sluice grant, sluice revoke; sluice admin create|list|drop|changes
#include "catalog/catalog.h"
#include "catalog_commands.h"
#include "table_look.h"

namespace sluice::apps {
namespace {

using admin::OperationId;

struct GrantOptions {
  CatalogOptions catalog;
  std::string thing;
  std::string share;
  std::string recipient;
  std::string row_filter;
};

struct AdminOptions {
  CatalogOptions catalog;
  std::string name;
  std::string lifetime;
  std::int64_t limit = 100;
};

/// A filter that the table cannot be filtered by would make every answer to the recipient an error.
/// Of a grant on more than one table nobody knows which tables come.
Status LookAtFilter(const GrantOptions& options, const ThingName& thing) {
  if (options.row_filter.empty() || thing.table.empty()) return {};
  SLUICE_TRY(const auto rows, OpenCatalogRows(options.catalog.place, WhenNoCatalog::kFail));
  const catalog::Admin admin(*rows, CatalogChecks(), "");
  SLUICE_TRY(const auto recipient, admin.GetRecipient(options.recipient));
  SLUICE_TRY(const auto tables, admin.ListTables(thing.share));
  for (const auto& table : tables) {
    if (!catalog::SameName(table.schema, thing.schema)) continue;
    if (!catalog::SameName(table.name, thing.table)) continue;
    return LookAtTable(
        {table.location, table.storage, table.files, 0, options.row_filter, recipient.properties});
  }
  return {};
}

int RunGrant(const GrantOptions& options, OperationId id) {
  const auto thing = ParseThing(options.thing, options.share);
  if (!thing) return ComplainOf(thing.error());
  boost::json::object parameters{{"share", thing->share}};
  PutGiven("schema", thing->schema, &parameters);
  PutGiven("table", thing->table, &parameters);
  PutGiven("rowFilter", options.row_filter, &parameters);
  const Status looked = LookAtFilter(options, *thing);
  if (!looked) return ComplainOf(looked.error());
  return RunOperations(options.catalog, {{id, {options.recipient}, parameters}});
}

CLI::App* AddGranting(CLI::App& app, const char* name, const char* summary,
                      const std::shared_ptr<GrantOptions>& options) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->add_option("thing", options->thing, "share, share.schema or share.schema.table");
  command->add_option("--share", options->share,
                      "A share whose name holds dots; then only schema or schema.table, or "
                      "nothing, is named before it");
  AddCatalogOptions(command, &options->catalog);
  return command;
}

int RunCreateAdmin(const AdminOptions& options) {
  OperationRequest request{OperationId::kCreateAdmin, {}, {{"name", options.name}}};
  const Status put =
      PutSeconds(options.lifetime, "--lifetime", "lifetimeSeconds", &request.parameters);
  if (!put) return ComplainOf(put.error());
  return RunOperations(options.catalog, {request});
}

}  // namespace

void AddGrantCommands(CLI::App& app, Command* chosen) {
  auto grant = std::make_shared<GrantOptions>();
  CLI::App* command = AddGranting(app, "grant", "Let a recipient read", grant);
  command->add_option("--to", grant->recipient, "The recipient")->required();
  command->add_option("--where", grant->row_filter,
                      "SQL over partition columns: only partitions for which it is true");
  command->callback([=] { *chosen = [=] { return RunGrant(*grant, OperationId::kAddGrant); }; });

  auto revoke = std::make_shared<GrantOptions>();
  command = AddGranting(app, "revoke", "Take a grant back", revoke);
  command->add_option("--from", revoke->recipient, "The recipient")->required();
  command->callback(
      [=] { *chosen = [=] { return RunGrant(*revoke, OperationId::kRemoveGrant); }; });
}

void AddAdminCommands(CLI::App& app, Command* chosen) {
  CLI::App* group = app.add_subcommand("admin", "Say who may use the admin API, and see changes");
  group->require_subcommand(1);

  auto create = std::make_shared<AdminOptions>();
  CLI::App* command = group->add_subcommand("create", "Make an admin; prints the token, once");
  command->add_option("name", create->name, "As changes will name it")->required();
  command->add_option("--lifetime", create->lifetime, "As 12h or 90d; default: for ever");
  AddCatalogOptions(command, &create->catalog);
  command->callback([=] { *chosen = [=] { return RunCreateAdmin(*create); }; });

  auto drop = std::make_shared<AdminOptions>();
  command = group->add_subcommand("drop", "End an admin's token at once");
  command->add_option("name", drop->name, "Of the admin")->required();
  AddCatalogOptions(command, &drop->catalog);
  command->callback([=] {
    *chosen = [=] {
      return RunOperations(drop->catalog, {{OperationId::kDropAdmin, {drop->name}, {}}});
    };
  });

  auto list = std::make_shared<AdminOptions>();
  command = group->add_subcommand("list", "List all admins");
  AddCatalogOptions(command, &list->catalog);
  command->callback([=] {
    *chosen = [=] { return RunOperations(list->catalog, {{OperationId::kListAdmins, {}, {}}}); };
  });

  auto changes = std::make_shared<AdminOptions>();
  command = group->add_subcommand("changes", "List who changed what, the newest first");
  command->add_option("--limit", changes->limit, "At most so many")->capture_default_str();
  AddCatalogOptions(command, &changes->catalog);
  command->callback([=] {
    *chosen = [=] {
      return RunOperations(changes->catalog,
                           {{OperationId::kListChanges, {}, {{"limit", changes->limit}}}});
    };
  });
}

}  // namespace sluice::apps
