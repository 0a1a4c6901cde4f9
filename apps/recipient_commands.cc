#include "recipient_commands.h"

#include <cstdio>
#include <map>
#include <memory>

#include "commands.h"

namespace sluice::apps {
namespace {

const std::map<std::string, OutputFormat> kFileFormats{{"csv", OutputFormat::kCsv},
                                                       {"json", OutputFormat::kJson},
                                                       {"arrow", OutputFormat::kArrow},
                                                       {"parquet", OutputFormat::kParquet}};
const std::map<std::string, OutputFormat> kTextFormats{
    {"table", OutputFormat::kTable}, {"csv", OutputFormat::kCsv}, {"json", OutputFormat::kJson}};

void AddConnectionOptions(CLI::App* command, ConnectionOptions* options) {
  command->add_option("--ca-file", options->ca_file, "Trust the certificates in this PEM file")
      ->check(CLI::ExistingFile)
      ->group("Connection");
  command->add_option("--proxy", options->proxy, "Proxy URL; default: as https_proxy says")
      ->group("Connection");
  command->add_option("--retries", options->retries, "After a failure that may pass")
      ->check(CLI::Range(0, 100))
      ->capture_default_str()
      ->group("Connection");
  command->add_option("--timeout", options->timeout_seconds, "Seconds without a byte")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str()
      ->group("Connection");
}

void AddTableArgument(CLI::App* command, TableOptions* options) {
  command->add_option("table", options->url, "PROFILE#SHARE.SCHEMA.TABLE, PROFILE being a file")
      ->required();
  AddConnectionOptions(command, &options->connection);
}

void AddScanOptions(CLI::App* command, TableOptions* options) {
  AddTableArgument(command, options);
  CLI::Option* version =
      command->add_option("--version", options->version, "Read this version of the table")
          ->check(CLI::NonNegativeNumber);
  command->add_option("--timestamp", options->timestamp, "As of this time, as 2024-01-31T12:00:00Z")
      ->excludes(version);
  command->add_flag("--no-progress", options->no_progress, "No progress line on the terminal");
}

void AddColumns(CLI::App* command, TableOptions* options) {
  command->add_option("--columns", options->columns, "Only these, in this order: a,b,c")
      ->delimiter(',');
}

/// Adds a command whose options live as long as the function that runs it.
template <typename Options>
CLI::App* AddCommand(CLI::App& app, const char* name, const char* summary,
                     const std::shared_ptr<Options>& options, int (*run)(const Options&),
                     Command* chosen) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer(kExitCodeHelp);
  command->callback([=] { *chosen = [=] { return run(*options); }; });
  return command;
}

void AddList(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* command = AddCommand(app, "ls", "Lists shared tables", options, RunList, chosen);
  command->add_option("target", options->target, "PROFILE, PROFILE#SHARE or PROFILE#SHARE.SCHEMA")
      ->required();
  AddConnectionOptions(command, &options->connection);
}

void AddSchema(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App* command =
      AddCommand(app, "schema", "Shows the columns of a table", options, RunSchema, chosen);
  AddTableArgument(command, &options->table);
  command->add_flag("--json", options->json, "The schema as JSON");
}

void AddHead(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<HeadOptions>();
  options->table.limit = 10;
  CLI::App* command =
      AddCommand(app, "head", "Shows the first rows of a table", options, RunHead, chosen);
  AddScanOptions(command, &options->table);
  AddColumns(command, &options->table);
  command->add_option("-n,--limit", options->table.limit, "Rows; default 10")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--format", options->format,
                   "table, csv or json; default: table on a terminal, else csv")
      ->transform(CLI::CheckedTransformer(kTextFormats, CLI::ignore_case).description(""));
}

void AddCount(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<TableOptions>();
  CLI::App* command =
      AddCommand(app, "count", "Counts the rows of a table", options, RunCount, chosen);
  AddScanOptions(command, options.get());
}

void AddCat(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<CatOptions>();
  CLI::App* command = AddCommand(app, "cat", "Writes the rows of a table", options, RunCat, chosen);
  AddScanOptions(command, &options->table);
  AddColumns(command, &options->table);
  command->add_option("--limit", options->table.limit, "At most so many rows")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--format", options->format,
                   "csv (default), json (an object a line), arrow (IPC stream) or parquet")
      ->transform(CLI::CheckedTransformer(kFileFormats, CLI::ignore_case).description(""));
  command->add_option("-o,--output", options->output,
                      "Write this file, which appears when it is whole");
}

}  // namespace

void AddRecipientCommands(CLI::App& app, Command* chosen) {
  AddList(app, chosen);
  AddSchema(app, chosen);
  AddHead(app, chosen);
  AddCount(app, chosen);
  AddCat(app, chosen);
  app.add_subcommand("version", "Prints the version")->callback([chosen] {
    *chosen = [] {
      std::puts("sluice " SLUICE_VERSION);
      return kExitOk;
    };
  });
}

}  // namespace sluice::apps
