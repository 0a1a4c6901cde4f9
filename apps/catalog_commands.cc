// What the commands on a catalog have in common.
#include "catalog_commands.h"

#include <cstdio>

#include "serve_options.h"

namespace sluice::apps {

namespace json = boost::json;

int ComplainOf(const Error& error) {
  std::fprintf(stderr, "sluice: %s\n", error.message.c_str());
  return error.kind == ErrorKind::kInvalidArgument ? kExitUsage : kExitFailure;
}

Result<ThingName> ParseThing(const std::string& text, const std::string& share) {
  ThingName thing{share};
  std::string rest = text;
  if (share.empty()) {
    const std::size_t dot = text.find('.');
    thing.share = text.substr(0, dot);
    rest = dot == std::string::npos ? "" : text.substr(dot + 1);
    if (dot != std::string::npos && rest.empty()) rest = ".";
  }
  const std::size_t dot = rest.find('.');
  thing.schema = rest.substr(0, dot);
  if (dot != std::string::npos) thing.table = rest.substr(dot + 1);
  const bool wrong = thing.share.empty() || thing.table.find('.') != std::string::npos ||
                     (dot != std::string::npos && (thing.schema.empty() || thing.table.empty()));
  if (!wrong) return thing;
  return Fail(ErrorKind::kInvalidArgument,
              "'{}' is no share, share.schema or share.schema.table; a share whose name holds dots "
              "is given with --share",
              text);
}

void AddCatalogPlace(CLI::App* command, CatalogPlace* place) {
  command
      ->add_option("--data-dir", place->data_directory,
                   "The catalog is the file catalog.db in this folder")
      ->type_name("DIR")
      ->group("Catalog");
  command
      ->add_option("--catalog", place->url,
                   "The catalog is in this PostgreSQL database; give the password in PGPASSWORD "
                   "or a password file")
      ->type_name("URL")
      ->group("Catalog");
}

void AddCatalogOptions(CLI::App* command, CatalogOptions* options) {
  AddCatalogPlace(command, &options->place);
  command->add_flag("--json", options->json, "Print the answer as JSON")->group("Catalog");
}

void AddProfileOptions(CLI::App* command, ProfileOptions* options) {
  command
      ->add_option("--endpoint", options->endpoint,
                   "How recipients reach the server, as https://host/delta-sharing; default: as "
                   "it was given last")
      ->type_name("URL");
  command
      ->add_option("--profile", options->file,
                   "Write the profile here; -: print it; default: NAME.share")
      ->type_name("FILE");
}

Status PutSeconds(const std::string& text, std::string_view option, std::string_view name,
                  json::object* out) {
  if (text.empty()) return {};
  SLUICE_TRY(const std::int64_t millis, ParseDuration(text, option));
  (*out)[name] = millis / 1000;
  return {};
}

void PutGiven(std::string_view name, const std::string& text, json::object* out) {
  if (!text.empty()) (*out)[name] = text;
}

void PutGiven(std::string_view name, const std::vector<std::string>& texts, json::object* out) {
  if (texts.empty()) return;
  json::array items;
  for (const auto& text : texts) items.emplace_back(text);
  (*out)[name] = std::move(items);
}

Status PutPairs(const std::vector<std::string>& pairs, std::string_view option,
                std::string_view name, json::object* out) {
  if (pairs.empty()) return {};
  json::object members;
  for (const auto& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Fail(ErrorKind::kInvalidArgument, "{} '{}' must be KEY=VALUE", option, pair);
    }
    const std::string key = pair.substr(0, equals);
    if (!members.emplace(key, pair.substr(equals + 1)).second) {
      return Fail(ErrorKind::kInvalidArgument, "{} gives '{}' twice", option, key);
    }
  }
  (*out)[name] = std::move(members);
  return {};
}

void AddCatalogCommands(CLI::App& app, Command* chosen) {
  AddShareCommands(app, chosen);
  AddRecipientAdminCommands(app, chosen);
  AddGrantCommands(app, chosen);
  AddAdminCommands(app, chosen);
}

}  // namespace sluice::apps
