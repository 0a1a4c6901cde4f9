// A filter as hints to a server, which may then list fewer files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/client.h"
#include "predicate/expression.h"

namespace sluice::client {

struct FilterHints {
  std::vector<std::string> sql;  ///< One a condition that all rows must meet.
  std::string json;              ///< Empty where nothing can be said in it.
};

/// Sound for every known server. Those that read SQL find the whole filter there; in JSON are the
/// parts that each server judges rightly, in the types that `table` has: without it, none are.
FilterHints HintsOf(const predicate::Expression& filter, const std::optional<TableInfo>& table);

}  // namespace sluice::client
