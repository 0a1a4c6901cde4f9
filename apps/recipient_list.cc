// sluice ls
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/ascii.h"
#include "commands.h"
#include "recipient_commands.h"
#include "recipient_output.h"

namespace sluice::apps {
namespace {

using protocol::Table;

/// All tables; a share without any is told to the person at the terminal, for `ls` shows tables
/// only.
Result<std::vector<Table>> AllTables(client::Client& client) {
  SLUICE_TRY(const auto shares, client.ListShares());
  std::vector<Table> tables;
  for (const protocol::Share& share : shares) {
    SLUICE_TRY(auto found, client.ListAllTables(share.name));
    if (found.empty() && ::isatty(STDERR_FILENO) == 1) {
      std::fprintf(stderr, "share %s has no tables\n", share.name.c_str());
    }
    std::move(found.begin(), found.end(), std::back_inserter(tables));
  }
  return tables;
}

/// `path` is "share" or "share.schema"; a share's own name may hold dots.
Result<std::vector<Table>> TablesBelow(client::Client& client, const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot != std::string::npos) {
    SLUICE_TRY(const auto shares, client.ListShares());
    const bool is_share = std::any_of(shares.begin(), shares.end(), [&](const auto& share) {
      return EqualsIgnoreCase(share.name, path);
    });
    if (!is_share) return client.ListTables(path.substr(0, dot), path.substr(dot + 1));
  }
  return client.ListAllTables(path);
}

Result<std::vector<Table>> Find(const ListOptions& options) {
  const std::size_t hash = options.target.rfind('#');
  SLUICE_TRY(auto client, Connect(options.target.substr(0, hash), options.connection));
  const std::string path = hash == std::string::npos ? "" : options.target.substr(hash + 1);
  if (path.empty()) return AllTables(*client);
  return TablesBelow(*client, path);
}

}  // namespace

int RunList(const ListOptions& options) {
  Interrupts interrupts;
  auto tables = Find(options);
  if (!tables) return Report(tables.error());
  DescriptorStream out(STDOUT_FILENO, false);
  for (const Table& table : *tables) {
    const std::string line = fmt::format("{}.{}.{}\n", table.share, table.schema, table.name);
    if (!out.Write(line).ok()) break;
  }
  const bool written = out.Flush().ok();
  if (out.reader_gone()) return kExitReaderGone;
  if (!written) return Report(Error{ErrorKind::kInternal, "cannot write standard output"});
  return kExitOk;
}

}  // namespace sluice::apps
