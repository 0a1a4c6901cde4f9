// The subcommands of `sluice`. Each Add… function declares one group with its options; parsing the
// command line then leaves in `chosen` what main has to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace sluice::apps {

/// Exit codes of every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// Runs a command whose options have been parsed, and returns the exit code.
using Command = std::function<int()>;

/// `sluice serve`. `chosen` outlives the app.
void AddServeCommand(CLI::App& app, Command* chosen);

/// `sluice audit`. `chosen` outlives the app.
void AddAuditCommand(CLI::App& app, Command* chosen);

/// `sluice ls`, `schema`, `head`, `count`, `cat`, `changes` and `check`. `chosen` outlives the app.
void AddRecipientCommands(CLI::App& app, Command* chosen);

/// `sluice share`, `recipient`, `grant`, `revoke` and `admin`. `chosen` outlives the app.
void AddCatalogCommands(CLI::App& app, Command* chosen);

}  // namespace sluice::apps
