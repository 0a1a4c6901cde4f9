// Parts of the commands on a catalog. Not for others.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>

#include "catalog_run.h"
#include "commands.h"

namespace sluice::apps {

/// Where a thing of a catalog is named: "share", "share.schema" or "share.schema.table".
struct ThingName {
  std::string share, schema, table;
};
/// Shares whose names hold dots are given apart. Errors: kInvalidArgument.
Result<ThingName> ParseThing(const std::string& text, const std::string& share);

void AddCatalogPlace(CLI::App* command, CatalogPlace* place);
void AddCatalogOptions(CLI::App* command, CatalogOptions* options);
void AddProfileOptions(CLI::App* command, ProfileOptions* options);

/// Puts what was given; a time like "30d" in seconds. Errors: kInvalidArgument naming `option`.
Status PutSeconds(const std::string& text, std::string_view option, std::string_view name,
                  boost::json::object* out);
void PutGiven(std::string_view name, const std::string& text, boost::json::object* out);
void PutGiven(std::string_view name, const std::vector<std::string>& texts,
              boost::json::object* out);

/// Pairs KEY=VALUE, of which each key is there once. Errors: kInvalidArgument naming `option`.
Status PutPairs(const std::vector<std::string>& pairs, std::string_view option,
                std::string_view name, boost::json::object* out);

void AddShareCommands(CLI::App& app, Command* chosen);
void AddRecipientAdminCommands(CLI::App& app, Command* chosen);
void AddGrantCommands(CLI::App& app, Command* chosen);
void AddAdminCommands(CLI::App& app, Command* chosen);

/// Prints the error and returns the exit code.
int ComplainOf(const Error& error);

}  // namespace sluice::apps
