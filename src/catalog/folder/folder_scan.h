// Finding the tables below a folder and naming them. Not part of the folder's interface.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/listing.h"

namespace sluice::catalog {

struct FolderScan {
  Listing listing;
  /// What a provider should know: folders passed over, names made distinct. One line each.
  std::vector<std::string> warnings;
};

/// `root` is absolute and free of symbolic links; an empty `share_name` means that of the folder.
/// See OpenFolderCatalog for the rules.
/// Errors: kUnavailable, for recipients, when `root` cannot be read; the log has the reason.
Result<FolderScan> ScanFolder(const std::filesystem::path& root,
                              const std::string& share_name = {});

/// Whether the folder is a table by its log, without following links below it.
bool IsDeltaTable(const std::filesystem::path& folder);

/// Whether a table that a scan found still is where and what it was.
bool IsStillThere(const Table& table);

/// A valid name like `text`; "_" where nothing is left of it.
std::string MakeName(std::string_view text);

}  // namespace sluice::catalog
