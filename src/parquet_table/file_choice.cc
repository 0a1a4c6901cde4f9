#include "parquet_table/file_choice.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/ascii.h"

namespace sluice::parquet_table {
namespace {

using storage::ObjectMeta;

constexpr std::string_view kSuffix = ".parquet";
constexpr std::string_view kLogFolder = "_delta_log/";

bool IsParquetName(std::string_view key) {
  return key.size() > kSuffix.size() &&
         EqualsIgnoreCase(key.substr(key.size() - kSuffix.size()), kSuffix);
}

/// Of such files no URL is made.
bool IsHidden(std::string_view key) {
  for (std::size_t begin = 0; begin < key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    if (IsHiddenSegment(key.substr(begin, end - begin))) return true;
    if (end == key.size() && key[begin] == '_') return true;
    begin = end + 1;
  }
  return false;
}

/// Formats whose folders hold files that are no part of the table (any more).
Status CheckFormat(const std::vector<ObjectMeta>& listing) {
  for (const ObjectMeta& object : listing) {
    const std::string_view key = object.key;
    if (key.starts_with(".hoodie/")) {
      return Fail(ErrorKind::kUnsupported, "the folder is a Hudi table ('{}')", key);
    }
    if (key.starts_with("metadata/") && key.ends_with(".metadata.json")) {
      return Fail(ErrorKind::kUnsupported, "the folder is an Iceberg table ('{}')", key);
    }
  }
  return {};
}

/// The folders below with a Delta log, each with a slash at its end.
std::vector<std::string> DeltaFolders(const std::vector<ObjectMeta>& listing) {
  std::vector<std::string> folders;
  for (const ObjectMeta& object : listing) {
    const auto at = object.key.find("/_delta_log/");
    if (at == std::string::npos) continue;
    std::string folder = object.key.substr(0, at + 1);
    if (folders.empty() || folders.back() != folder) folders.push_back(std::move(folder));
  }
  return folders;
}

Status CheckDeltaFolders(const std::vector<std::string>& folders,
                         const std::vector<ObjectMeta>& files) {
  const auto before = [](const ObjectMeta& file, const std::string& key) { return file.key < key; };
  for (const std::string& folder : folders) {
    const auto first = std::lower_bound(files.begin(), files.end(), folder, before);
    if (first == files.end() || !first->key.starts_with(folder)) continue;
    return Fail(ErrorKind::kUnsupported,
                "'{}' is a Delta table of its own; its log says which of its files count", folder);
  }
  return {};
}

}  // namespace

tl::unexpected<Error> LogBesidePatterns() {
  return Fail(ErrorKind::kUnsupported,
              "the folder is a Delta table: its log says which files it has, 'files' cannot");
}

std::string ListingPrefix(const std::vector<Glob>& patterns) {
  if (patterns.empty()) return "";
  std::string prefix = patterns.front().prefix();
  for (const Glob& glob : patterns) {
    const auto differ =
        std::mismatch(prefix.begin(), prefix.end(), glob.prefix().begin(), glob.prefix().end());
    prefix.erase(differ.first, prefix.end());
  }
  return prefix;
}

Result<FileChoice> ChooseFiles(std::vector<ObjectMeta> listing, const std::vector<Glob>& patterns) {
  FileChoice choice;
  choice.has_log = std::any_of(listing.begin(), listing.end(), [](const ObjectMeta& object) {
    return object.key.starts_with(kLogFolder);
  });
  if (choice.has_log && !patterns.empty()) return LogBesidePatterns();
  if (choice.has_log) return choice;
  if (patterns.empty()) SLUICE_RETURN_IF_ERROR(CheckFormat(listing));
  const auto delta_folders = DeltaFolders(listing);
  const auto is_chosen = [&](const ObjectMeta& object) {
    if (IsHidden(object.key)) return false;
    if (patterns.empty()) return IsParquetName(object.key);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Glob& glob) { return glob.Matches(object.key); });
  };
  std::erase_if(listing, [&](const ObjectMeta& object) { return !is_chosen(object); });
  choice.files = std::move(listing);
  SLUICE_RETURN_IF_ERROR(CheckDeltaFolders(delta_folders, choice.files));
  return choice;
}

}  // namespace sluice::parquet_table
