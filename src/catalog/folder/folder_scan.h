// Finding the tables below a folder and naming them. Not part of the folder's interface.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "catalog/folder/folder_tree.h"
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
  std::map<std::string, std::string> storage = {};
  std::string id_domain = "folder table";  ///< Tables of one path have different ids in others.
};

/// See OpenFolderCatalog for the rules. Folders below the place that may not be read are passed
/// over, with a warning. Errors: kUnavailable, for recipients, when the place cannot be read; the
/// log has the reason.
Result<FolderScan> ScanTree(const FolderTree& tree, const ScanRules& rules);

/// The same of a folder of this machine. `root` may be reached through links.
Result<FolderScan> ScanFolder(const std::filesystem::path& root, const ScanRules& rules = {});

/// Logs each of the warnings of a place that was not among those `before`, and returns them all:
/// each is there once, not once a scan.
std::set<std::string> WarnOnce(std::string_view place, const std::vector<std::string>& warnings,
                               const std::set<std::string>& before);

/// What recipients are told of a place that cannot be read; the log has the reason.
tl::unexpected<Error> Unreadable(std::string_view place, std::string_view reason);

/// Whether a table that a scan of this machine found still is where and what it was.
bool IsStillThere(const Table& table);

/// A valid name like `text`; "_" where nothing is left of it.
std::string MakeName(std::string_view text);

}  // namespace sluice::catalog
