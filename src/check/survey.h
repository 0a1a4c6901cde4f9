// The survey: which shares, schemas and tables a profile opens, and which of the tables can be used
// to judge what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "check/judge.h"
#include "check/probe.h"
#include "protocol/types.h"

namespace sluice::check {

/// What a table can be used for.
struct TableFacts {
  protocol::TableName name;
  std::int64_t version = 0;
  bool parquet = false;  ///< Its files were told in the parquet format.
  bool delta = false;    ///< And in the delta format.
  std::size_t num_files = 0;
  std::vector<std::string> partition_columns = {};
  bool history = false;                           ///< A version may be asked for.
  std::optional<std::int64_t> changes_from = {};  ///< Changes are told from this version on.
};

struct Survey {
  std::vector<protocol::Share> shares;
  std::vector<protocol::Table> listed;  ///< Of all shares, as far as they were looked at.
  std::vector<TableFacts> tables;       ///< Those that were tried.
};

/// Asks gently: at most some tables, and none with very many files. `only`: this table alone.
/// What a server gets wrong here is found again by the points; errors are those without which
/// nothing can be judged: kUnauthenticated for a refused token, and those of net::HttpClient.
Result<Survey> MakeSurvey(Prober& prober, const std::optional<protocol::TableName>& only);

// The probes of a table.
Probe VersionProbe(const protocol::TableName& table);
Probe MetadataProbe(const protocol::TableName& table);
Probe QueryProbe(const protocol::TableName& table, std::string body = "{}");
Probe ChangesProbe(const protocol::TableName& table,
                   std::vector<std::pair<std::string, std::string>> query);
/// The same, asking for the delta format with every reader feature there is.
Probe InDelta(Probe probe);

}  // namespace sluice::check
