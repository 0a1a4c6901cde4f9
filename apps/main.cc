// The program: wiring only. Each group of commands lives in a file of its own.
#include <cstdio>
#include <exception>

#include "commands.h"

namespace {

int Run(int argc, char** argv) {
  CLI::App app{
      "Sluice shares Delta tables over the open Delta Sharing protocol, and reads them.\n"
      "\n"
      "  sluice serve ./tables                        share every Delta table below a folder\n"
      "  sluice ls tables.share                       list what a profile gives access to\n"
      "  sluice head tables.share#tables.default.t    look at the first rows of a table\n",
      "sluice"};
  app.set_version_flag("--version", "sluice " SLUICE_VERSION);
  app.require_subcommand(0, 1);  // An unknown word is then named, not taken for a missing command.
  app.get_formatter()->column_width(34);
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    return "sluice: " + CLI::FailureMessage::simple(failed, error);
  });

  sluice::apps::Command chosen;
  sluice::apps::AddServeCommand(app, &chosen);
  sluice::apps::AddAuditCommand(app, &chosen);
  sluice::apps::AddRecipientCommands(app, &chosen);
  sluice::apps::AddCatalogCommands(app, &chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    // In the order in which they were typed, which the library's own message turns around.
    const auto words = app.remaining(/*recurse=*/true);
    std::fprintf(
        stderr,
        "sluice: no such command or option here: %s\nRun with --help for more information.\n",
        words.empty() ? "" : words.front().c_str());
    return sluice::apps::kExitUsage;
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with code 0; anything else is wrong usage.
    return app.exit(error) == 0 ? sluice::apps::kExitOk : sluice::apps::kExitUsage;
  }
  if (!chosen) {
    std::fputs("sluice: which command? See sluice --help.\n", stderr);
    return sluice::apps::kExitUsage;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluice: %s\n", error.what());
    return sluice::apps::kExitFailure;
  }
}
