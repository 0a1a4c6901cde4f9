// The recipient commands. Each reads its options and returns an exit code.
#pragma once

#include <string>

#include "recipient_session.h"
#include "recipient_writers.h"

namespace sluice::apps {

struct ListOptions {
  std::string target;  ///< profile[#share[.schema]]
  ConnectionOptions connection;
};
/// Tables as "share.schema.table", one a line.
int RunList(const ListOptions& options);

struct SchemaOptions {
  TableOptions table;
  bool json = false;
};
/// Columns with their types; with `json` the schema as the server gives it.
int RunSchema(const SchemaOptions& options);

/// `sluice cat`, and `sluice changes` where the table's options say so.
struct CatOptions {
  TableOptions table;
  std::optional<OutputFormat> format;  ///< Without: CSV.
  std::string output;                  ///< Empty or "-": standard output.
};
int RunCat(const CatOptions& options);

struct HeadOptions {
  TableOptions table;  ///< With a limit.
  /// Without: a table on a terminal, else CSV.
  std::optional<OutputFormat> format;
};
int RunHead(const HeadOptions& options);

int RunCount(const TableOptions& options);

struct CheckOptions {
  std::string target;  ///< profile[#share.schema.table]
  bool json = false;
  bool quiet = false;
  ConnectionOptions connection;
};
/// Judges the server: 0 when it conforms, 1 when it does not, another code when it cannot be
/// judged.
int RunCheck(const CheckOptions& options);

}  // namespace sluice::apps
