// Rows of grants, whose names are folded, as grants. Not part of this folder's interface.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "catalog/managed/records.h"
#include "catalog/recipient.h"

namespace sluice::catalog {

/// How shares, schemas and tables are spelled.
class Spelling {
 public:
  static Result<Spelling> Load(rows::RowReader& reader);
  Grant GrantOf(const GrantRow& row) const;

 private:
  /// Share, schema, table; what is empty at the end is not of the name.
  using Key = std::tuple<std::string, std::string, std::string>;
  std::string Of(const Key& key) const;

  std::map<Key, std::string> names_;
};

}  // namespace sluice::catalog
