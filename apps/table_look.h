// A look at a table before a catalog is told of it, so that a slip of the pen is seen at once and
// not by the first recipient.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::apps {

/// What a catalog is to be told of a table.
struct TableClaim {
  std::string location;
  std::map<std::string, std::string> storage = {};
  std::vector<std::string> files = {};
  std::int64_t start_version = 0;
  std::string row_filter = {};  ///< Empty: none.
  /// Of the recipient, where the filter is one's alone.
  std::map<std::string, std::string> properties = {};
};

/// Says on standard error what the server may see otherwise: that a place in a store cannot be read
/// from here, and that the table has not come to the start version yet. Errors: kNotFound for a
/// folder of this machine that is no table; kInvalidArgument for a row filter that cannot be
/// applied to the table, naming its partition columns; those of storage::ParseLocation.
Status LookAtTable(const TableClaim& claim);

/// Errors: kNotFound for a folder of this machine that is none.
Status LookForFolder(const std::string& location);

}  // namespace sluice::apps
