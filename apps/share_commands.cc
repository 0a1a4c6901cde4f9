// sluice share create|list|show|alter|drop|add|add-folder|remove
#include <filesystem>

#include "catalog_commands.h"
#include "table_look.h"

namespace sluice::apps {
namespace {

using admin::OperationId;

struct ShareOptions {
  CatalogOptions catalog;
  std::string name;
  std::string comment;
  std::vector<std::string> properties;
  std::string id;
};

struct AlterOptions {
  CatalogOptions catalog;
  std::string target;
  std::string share;
  std::optional<std::string> comment;
  std::vector<std::string> properties;
  bool no_properties = false;
};

struct TableOptions {
  CatalogOptions catalog;
  std::string location;
  std::string target;
  std::string share;
  std::string comment;
  std::vector<std::string> properties;
  std::string id;
  std::string row_filter;
  std::vector<std::string> files;
  std::vector<std::string> storage;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::optional<std::int64_t> start_version;
  bool history = false;
  bool unchecked = false;
};

void AddProperties(CLI::App* command, std::vector<std::string>* properties) {
  command->add_option("--property", *properties,
                      "KEY=VALUE of your own; may be given more than once");
}

void AddUnchecked(CLI::App* command, bool* unchecked) {
  command->add_flag("--unchecked", *unchecked,
                    "Do not look whether it is there, as for what only the server's machine has");
}

void AddStorage(CLI::App* command, std::vector<std::string>* storage) {
  command->add_option("--storage", *storage,
                      "OPTION=VALUE of the store, as region=eu-central-1; may be given more than "
                      "once. Secrets are named by their files");
}

/// A command that takes a share's name at most and has no other parameters.
void AddPlain(CLI::App* group, const char* name, const char* summary, OperationId id,
              Command* chosen) {
  auto options = std::make_shared<ShareOptions>();
  CLI::App* command = group->add_subcommand(name, summary);
  const bool named = id != OperationId::kListShares;
  if (named) command->add_option("name", options->name, "Of the share")->required();
  AddCatalogOptions(command, &options->catalog);
  command->callback([=] {
    *chosen = [=] {
      std::vector<std::string> arguments;
      if (named) arguments.push_back(options->name);
      return RunOperations(options->catalog, {{id, arguments, {}}});
    };
  });
}

void AddCreate(CLI::App* group, Command* chosen) {
  auto options = std::make_shared<ShareOptions>();
  CLI::App* command = group->add_subcommand("create", "Make a share, which is empty");
  command->add_option("name", options->name, "Without space and '/'")->required();
  command->add_option("--comment", options->comment, "For people, also those of recipients");
  AddProperties(command, &options->properties);
  command->add_option("--id", options->id, "Default: one is made");
  AddCatalogOptions(command, &options->catalog);
  command->callback([=] {
    *chosen = [=] {
      boost::json::object parameters{{"name", options->name}};
      const Status put = PutPairs(options->properties, "--property", "properties", &parameters);
      if (!put) return ComplainOf(put.error());
      PutGiven("comment", options->comment, &parameters);
      PutGiven("id", options->id, &parameters);
      return RunOperations(options->catalog, {{OperationId::kCreateShare, {}, parameters}});
    };
  });
}

/// A command line may name a folder from where one stands.
std::string AbsoluteLocation(const std::string& location) {
  if (location.find("://") != std::string::npos || location.starts_with("file:")) return location;
  return std::filesystem::absolute(location).lexically_normal().string();
}

/// What is to be kept of the table, against the table itself.
Status Look(const TableOptions& options, const boost::json::object& parameters) {
  if (options.unchecked) return {};
  TableClaim claim{std::string(parameters.at("location").get_string())};
  if (const auto* storage = parameters.if_contains("storage")) {
    for (const auto& [name, value] : storage->get_object())
      claim.storage[name] = value.get_string();
  }
  claim.files = options.files;
  claim.start_version = options.start_version.value_or(0);
  claim.row_filter = options.row_filter;
  return LookAtTable(claim);
}

int RunAdd(const TableOptions& options) {
  const auto thing = ParseThing(options.target, options.share);
  if (!thing) return ComplainOf(thing.error());
  if (thing->table.empty()) {
    return ComplainOf({ErrorKind::kInvalidArgument, "--to must be share.schema.table"});
  }
  boost::json::object parameters{{"schema", thing->schema},
                                 {"name", thing->table},
                                 {"location", AbsoluteLocation(options.location)},
                                 {"historyShared", options.history}};
  PutGiven("comment", options.comment, &parameters);
  PutGiven("id", options.id, &parameters);
  PutGiven("rowFilter", options.row_filter, &parameters);
  PutGiven("files", options.files, &parameters);
  if (options.start_version) parameters["startVersion"] = *options.start_version;
  Status put = PutPairs(options.properties, "--property", "properties", &parameters);
  if (put) put = PutPairs(options.storage, "--storage", "storage", &parameters);
  if (put) put = Look(options, parameters);
  if (!put) return ComplainOf(put.error());
  return RunOperations(options.catalog, {{OperationId::kAddTable, {thing->share}, parameters}});
}

void AddAdd(CLI::App* group, Command* chosen) {
  auto options = std::make_shared<TableOptions>();
  CLI::App* command = group->add_subcommand("add", "Put a table into a share");
  command->add_option("location", options->location, "A folder, or a place in a store")->required();
  command->add_option("--to", options->target, "share.schema.table; the schema is made if needed")
      ->required();
  command->add_option("--share", options->share, "A share whose name holds dots");
  command->add_option("--comment", options->comment, "For people");
  AddProperties(command, &options->properties);
  command->add_option("--id", options->id, "Default: one is made");
  CLI::Option* history =
      command->add_flag("--history", options->history, "Share older versions and changes too");
  command
      ->add_option("--start-version", options->start_version,
                   "The first version that history shows")
      ->needs(history);
  command->add_option("--files", options->files, "Patterns of files of a folder without a log");
  command->add_option("--where", options->row_filter,
                      "SQL over partition columns that holds for every recipient");
  AddStorage(command, &options->storage);
  AddUnchecked(command, &options->unchecked);
  AddCatalogOptions(command, &options->catalog);
  command->callback([=] { *chosen = [=] { return RunAdd(*options); }; });
}

int RunAddFolder(const TableOptions& options) {
  const auto thing = ParseThing(options.target, options.share);
  if (!thing) return ComplainOf(thing.error());
  if (thing->schema.empty() || !thing->table.empty()) {
    return ComplainOf({ErrorKind::kInvalidArgument, "--to must be share.schema"});
  }
  boost::json::object parameters{{"schema", thing->schema},
                                 {"location", AbsoluteLocation(options.location)},
                                 {"historyShared", options.history}};
  PutGiven("comment", options.comment, &parameters);
  PutGiven("rowFilter", options.row_filter, &parameters);
  PutGiven("include", options.include, &parameters);
  PutGiven("exclude", options.exclude, &parameters);
  Status put = PutPairs(options.properties, "--property", "properties", &parameters);
  if (put) put = PutPairs(options.storage, "--storage", "storage", &parameters);
  if (put && !options.unchecked) put = LookForFolder(AbsoluteLocation(options.location));
  if (!put) return ComplainOf(put.error());
  return RunOperations(options.catalog, {{OperationId::kAddFolder, {thing->share}, parameters}});
}

void AddAddFolder(CLI::App* group, Command* chosen) {
  auto options = std::make_shared<TableOptions>();
  CLI::App* command = group->add_subcommand(
      "add-folder", "Share the tables below a folder as a schema, as they come and go");
  command->add_option("folder", options->location, "On the server's machine, or a place in a store")
      ->required();
  command->add_option("--to", options->target, "share.schema; the schema is made if needed")
      ->required();
  command->add_option("--share", options->share, "A share whose name holds dots");
  command->add_option("--include", options->include,
                      "A pattern of the tables' paths below the folder, as 'sales/*'; may be given "
                      "more than once; default: all");
  command->add_option("--exclude", options->exclude, "A pattern of tables that are not shared");
  command->add_option("--comment", options->comment, "For people");
  AddProperties(command, &options->properties);
  command->add_flag("--history", options->history, "Share older versions and changes too");
  command->add_option("--where", options->row_filter,
                      "SQL over partition columns that holds for every table and recipient");
  AddStorage(command, &options->storage);
  AddUnchecked(command, &options->unchecked);
  AddCatalogOptions(command, &options->catalog);
  command->callback([=] { *chosen = [=] { return RunAddFolder(*options); }; });
}

int RunAlter(const AlterOptions& options) {
  const auto thing = ParseThing(options.target, options.share);
  if (!thing) return ComplainOf(thing.error());
  OperationRequest request{OperationId::kAlterShare, {thing->share}, {}};
  if (!thing->schema.empty())
    request = {OperationId::kAlterSchema, {thing->share, thing->schema}, {}};
  if (!thing->table.empty()) {
    request = {OperationId::kAlterTable, {thing->share, thing->schema, thing->table}, {}};
  }
  if (options.comment) request.parameters["comment"] = *options.comment;
  if (options.no_properties) request.parameters["properties"] = boost::json::object();
  const Status put = PutPairs(options.properties, "--property", "properties", &request.parameters);
  if (!put) return ComplainOf(put.error());
  return RunOperations(options.catalog, {request});
}

void AddAlter(CLI::App* group, Command* chosen) {
  auto options = std::make_shared<AlterOptions>();
  CLI::App* command = group->add_subcommand(
      "alter", "Change what is said of a share, a schema or a table; properties as a whole");
  command->add_option("name", options->target, "share, share.schema or share.schema.table");
  command->add_option("--share", options->share, "A share whose name holds dots");
  command->add_option("--comment", options->comment, "For people");
  AddProperties(command, &options->properties);
  command->add_flag("--no-properties", options->no_properties, "Take all properties away")
      ->excludes("--property");
  AddCatalogOptions(command, &options->catalog);
  command->callback([=] { *chosen = [=] { return RunAlter(*options); }; });
}

int RunRemove(const TableOptions& options) {
  const auto thing = ParseThing(options.target, options.share);
  if (!thing) return ComplainOf(thing.error());
  if (thing->schema.empty()) {
    return ComplainOf({ErrorKind::kInvalidArgument,
                       "name share.schema.table or share.schema; share drop removes a share"});
  }
  OperationRequest request{
      OperationId::kRemoveTable, {thing->share, thing->schema, thing->table}, {}};
  if (thing->table.empty()) {
    request = {OperationId::kRemoveSchema, {thing->share, thing->schema}, {}};
  }
  return RunOperations(options.catalog, {request});
}

void AddRemove(CLI::App* group, Command* chosen) {
  auto options = std::make_shared<TableOptions>();
  CLI::App* command =
      group->add_subcommand("remove", "Take a table or a schema out of a share; the data stays");
  command->add_option("name", options->target, "share.schema.table or share.schema")->required();
  command->add_option("--share", options->share, "A share whose name holds dots");
  AddCatalogOptions(command, &options->catalog);
  command->callback([=] { *chosen = [=] { return RunRemove(*options); }; });
}

}  // namespace

void AddShareCommands(CLI::App& app, Command* chosen) {
  CLI::App* group = app.add_subcommand("share", "Make shares and put tables into them");
  group->require_subcommand(1);
  AddCreate(group, chosen);
  AddPlain(group, "list", "List all shares", OperationId::kListShares, chosen);
  AddPlain(group, "show", "Show a share, its schemas and tables", OperationId::kGetShare, chosen);
  AddPlain(group, "drop", "Remove a share with its tables and grants; the data stays",
           OperationId::kDropShare, chosen);
  AddAlter(group, chosen);
  AddAdd(group, chosen);
  AddAddFolder(group, chosen);
  AddRemove(group, chosen);
}

}  // namespace sluice::apps
