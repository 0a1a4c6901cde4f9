// Finding the tables below a folder and naming them. Not part of the folder's interface.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "catalog/listing.h"

namespace sluice::catalog {

struct FolderScan {
  Listing listing;
  /// What a provider should know: folders passed over, names made distinct. One line each.
  std::vector<std::string> warnings;
};

/// What a folder's tables are called, and which of them are shared.
struct ScanRules {
  std::string share = {};          ///< Empty: like the folder.
  std::string schema = {};         ///< Of all tables; empty: named after the folders above each.
  std::vector<Glob> include = {};  ///< Of the tables' paths below the folder; none: all.
  std::vector<Glob> exclude = {};
  bool history_shared = true;
  std::string row_filter = {};
  std::string id_domain = "folder table";  ///< Tables of one path have different ids in others.
};

/// See OpenFolderCatalog for the rules. `root` may be reached through links.
/// Errors: kUnavailable, for recipients, when `root` cannot be read; the log has the reason.
Result<FolderScan> ScanFolder(const std::filesystem::path& root, const ScanRules& rules = {});

/// Whether the folder is a table by its log, without following links below it.
bool IsDeltaTable(const std::filesystem::path& folder);

/// Whether a table that a scan found still is where and what it was.
bool IsStillThere(const Table& table);

/// A valid name like `text`; "_" where nothing is left of it.
std::string MakeName(std::string_view text);

}  // namespace sluice::catalog
