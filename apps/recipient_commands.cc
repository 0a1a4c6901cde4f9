#include "recipient_commands.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>

#include "commands.h"

namespace sluice::apps {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

const std::map<std::string, OutputFormat> kFileFormats{{"csv", OutputFormat::kCsv},
                                                       {"json", OutputFormat::kJson},
                                                       {"arrow", OutputFormat::kArrow},
                                                       {"parquet", OutputFormat::kParquet}};
const std::map<std::string, OutputFormat> kTextFormats{
    {"table", OutputFormat::kTable}, {"csv", OutputFormat::kCsv}, {"json", OutputFormat::kJson}};

/// Whole numbers from `low` to `high`. CLI11's own validators speak of floating-point ranges.
CLI::Validator Whole(std::int64_t low, std::int64_t high) {
  return CLI::Validator(
      [low, high](const std::string& text) -> std::string {
        std::int64_t value = 0;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, value);
        if (read.ec == std::errc() && read.ptr == end && value >= low && value <= high) return "";
        if (high == kMost) {
          return fmt::format("'{}' is not a whole number from {} on", text, low);
        }
        return fmt::format("'{}' is not a whole number from {} to {}", text, low, high);
      },
      "");
}

void AddConnectionOptions(CLI::App* command, ConnectionOptions* options) {
  command->add_option("--ca-file", options->ca_file, "Trust the certificates in this PEM file")
      ->check(CLI::ExistingFile.description(""))
      ->type_name("FILE")
      ->group("Connection");
  command->add_option("--proxy", options->proxy, "Go through this; default: as https_proxy says")
      ->type_name("URL")
      ->group("Connection");
  command
      ->add_option("--retries", options->retries,
                   fmt::format("After a failure that may pass; default: {}", options->retries))
      ->check(Whole(0, 100))
      ->type_name("N")
      ->group("Connection");
  command
      ->add_option("--timeout", options->timeout_seconds,
                   "Give up after so many seconds without a byte; default: 60")
      ->check(Whole(1, 86'400))
      ->type_name("SECONDS")
      ->group("Connection");
}

/// How the files of tables are listed and read.
void AddAccess(CLI::App* command, ConnectionOptions* options) {
  command
      ->add_flag("--async", options->async_query,
                 "Let the server work on the list of files in the background, where it can")
      ->group("Connection");
  const std::map<std::string, client::Access> modes{{"auto", client::Access::kAuto},
                                                    {"url", client::Access::kUrl},
                                                    {"dir", client::Access::kDirectory}};
  command
      ->add_option_function<std::string>(
          "--access", [=](const std::string& name) { options->access = modes.at(name); },
          "url: by signed URLs; dir: in the table's folder, with credentials from the server;\n"
          "auto (default): url, or dir where the server offers that alone")
      ->type_name("MODE")
      ->check(CLI::Validator(
          [modes](const std::string& name) -> std::string {
            return modes.contains(name) ? "" : fmt::format("'{}' is none of auto, url, dir", name);
          },
          ""))
      ->group("Connection");
  command
      ->add_option_function<std::vector<std::string>>(
          "--storage-option",
          [=](const std::vector<std::string>& pairs) {
            for (const std::string& pair : pairs) {
              const std::size_t end = pair.find('=');
              options->store.insert_or_assign(pair.substr(0, end), pair.substr(end + 1));
            }
          },
          "Of the store of such a folder, as region=eu-central-1 or endpoint=URL; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [](const std::string& pair) -> std::string {
            const std::size_t end = pair.find('=');
            return end != std::string::npos && end > 0 ? "" : "write NAME=VALUE";
          },
          ""))
      ->group("Connection");
}

void AddTableArgument(CLI::App* command, TableOptions* options) {
  command->add_option("table", options->url, "A profile file, '#' and share.schema.table")
      ->type_name("PROFILE#TABLE")
      ->required();
  AddConnectionOptions(command, &options->connection);
}

void AddNoProgress(CLI::App* command, TableOptions* options) {
  command->add_flag("--no-progress", options->no_progress, "No progress line on the terminal");
}

void AddScanOptions(CLI::App* command, TableOptions* options) {
  AddTableArgument(command, options);
  CLI::Option* version =
      command->add_option("--version", options->version, "Read this version of the table")
          ->check(Whole(0, kMost))
          ->type_name("N");
  command->add_option("--timestamp", options->timestamp, "As of this time, as 2024-01-31T12:00:00Z")
      ->type_name("TIME")
      ->excludes(version);
  AddNoProgress(command, options);
  AddAccess(command, &options->connection);
}

/// One end of a range: a version, or a time that stands for one.
void AddEnd(CLI::App* command, const std::string& name, std::optional<std::int64_t>* version,
            std::string* timestamp) {
  CLI::Option* by_version =
      command->add_option("--" + name + "-version", *version, "This version of the table included")
          ->check(Whole(0, kMost))
          ->type_name("N");
  command
      ->add_option("--" + name + "-timestamp", *timestamp,
                   name == "from" ? "From the first version at or after this time"
                                  : "To the last version at or before this time")
      ->type_name("TIME")
      ->excludes(by_version);
}

void AddColumns(CLI::App* command, TableOptions* options) {
  command->add_option("--columns", options->columns, "Only these, in this order")
      ->type_name("A,B,C")
      ->delimiter(',')
      ->allow_extra_args(false);
}

/// `limit` keeps what it holds when the option is not given.
void AddLimit(CLI::App* command, const char* names, const char* text,
              std::optional<std::int64_t>* limit) {
  command->add_option(names, *limit, text)->check(Whole(0, kMost))->type_name("N");
}

void AddFormat(CLI::App* command, const std::map<std::string, OutputFormat>& formats,
               const char* text, std::optional<OutputFormat>* format) {
  std::string names;
  for (const auto& [name, unused] : formats) names += (names.empty() ? "" : ", ") + name;
  auto set = [formats, format](const std::string& name) { *format = formats.at(name); };
  command->add_option_function<std::string>("--format", set, text)
      ->type_name("FORMAT")
      ->check(CLI::Validator(
          [formats, names](const std::string& name) -> std::string {
            return formats.contains(name) ? "" : fmt::format("'{}' is none of {}", name, names);
          },
          ""));
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
  command
      ->add_option("target", options->target, "A profile file, or with '#' a share or share.schema")
      ->type_name("PROFILE[#SHARE[.SCHEMA]]")
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
  AddLimit(command, "-n,--limit", "Rows; default: 10", &options->table.limit);
  AddFormat(command, kTextFormats, "table, csv or json; default: table on a terminal, else csv",
            &options->format);
}

void AddCount(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<TableOptions>();
  CLI::App* command =
      AddCommand(app, "count", "Counts the rows of a table", options, RunCount, chosen);
  AddScanOptions(command, options.get());
}

void AddOutput(CLI::App* command, CatOptions* options) {
  AddColumns(command, &options->table);
  AddLimit(command, "--limit", "At most so many rows", &options->table.limit);
  AddFormat(command, kFileFormats,
            "csv (default), json (an object a line), arrow (IPC stream) or parquet",
            &options->format);
  command
      ->add_option("-o,--output", options->output,
                   "Write this file, which appears when it is whole")
      ->type_name("FILE");
}

void AddCat(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<CatOptions>();
  CLI::App* command = AddCommand(app, "cat", "Writes the rows of a table", options, RunCat, chosen);
  AddScanOptions(command, &options->table);
  AddOutput(command, options.get());
}

void AddChanges(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<CatOptions>();
  ChangesRange& range = options->table.changes.emplace();
  CLI::App* command = AddCommand(
      app, "changes", "Writes the rows that were inserted, updated and deleted between versions",
      options, RunCat, chosen);
  AddTableArgument(command, &options->table);
  AddEnd(command, "from", &range.from_version, &range.from_timestamp);
  AddEnd(command, "to", &range.to_version, &range.to_timestamp);
  AddNoProgress(command, &options->table);
  AddAccess(command, &options->table.connection);
  AddOutput(command, options.get());
}

void AddCheck(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<CheckOptions>();
  // Answers are judged as they come: a server that fails often should not look right.
  options->connection.retries = 1;
  CLI::App* command =
      AddCommand(app, "check", "Judges any Delta Sharing server by the protocol's text", options,
                 RunCheck, chosen);
  command->footer(
      "Reads what the profile opens, at most some tables of it, and changes nothing. Each point\n"
      "tells what the protocol demands, why, and in which section; docs/check.md lists them.\n"
      "Exit codes: 0 no demand is violated, 1 some are, 2 wrong usage or profile, 3 no such\n"
      "profile, 4 token refused, 5 server not reached.");
  command->add_option("target", options->target, "A profile file, or with '#' one of its tables")
      ->type_name("PROFILE[#TABLE]")
      ->required();
  command->add_flag("--json", options->json, "The whole report as one JSON object");
  command->add_flag("-q,--quiet", options->quiet, "Only what is wrong, and the sum");
  AddConnectionOptions(command, &options->connection);
}

}  // namespace

void AddRecipientCommands(CLI::App& app, Command* chosen) {
  AddList(app, chosen);
  AddSchema(app, chosen);
  AddHead(app, chosen);
  AddCount(app, chosen);
  AddCat(app, chosen);
  AddChanges(app, chosen);
  AddCheck(app, chosen);
  app.add_subcommand("version", "Prints the version")->callback([chosen] {
    *chosen = [] {
      std::puts("sluice " SLUICE_VERSION);
      return kExitOk;
    };
  });
}

}  // namespace sluice::apps
