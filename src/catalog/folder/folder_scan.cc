#include "catalog/folder/folder_scan.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/log.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxTables = 100'000;
constexpr std::size_t kMaxFolders = 1'000'000;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kSuffixDigits = 8;

/// Looking whether a folder still is a table reads no more folders than this.
constexpr std::size_t kMaxFoldersLookedAt = 10'000;

/// The Parquet files that lie in a folder itself, and those of its partitions. Other folders in it
/// may be tables of their own.
const std::vector<std::string>& PlainFiles() {
  static const std::vector<std::string> patterns = {
      "*.[pP][aA][rR][qQ][uU][eE][tT]",
      "*=*/**/*.[pP][aA][rR][qQ][uU][eE][tT]",
  };
  return patterns;
}

struct FoundTable {
  fs::path folder;
  std::vector<std::string> below_root;  ///< Names of the folders from the root to the table.
  bool by_log = true;                   ///< Else by the Parquet files in it.
};

bool IsPartition(std::string_view name) {
  return name.find('=') != std::string_view::npos && !name.starts_with('=');
}

bool IsParquetName(std::string_view name) {
  constexpr std::string_view kSuffix = ".parquet";
  return name.size() > kSuffix.size() &&
         EqualsIgnoreCase(name.substr(name.size() - kSuffix.size()), kSuffix);
}

/// What a folder holds that may be shared.
struct Contents {
  std::vector<std::string> folders;  ///< Sorted.
  bool has_parquet = false;
};

std::error_code ReadContents(const fs::path& folder, Contents* contents) {
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    std::string name = at->path().filename().string();
    if (IsHiddenSegment(name)) continue;
    std::error_code ignored;
    const auto type = at->symlink_status(ignored).type();
    if (type == fs::file_type::directory) {
      contents->folders.push_back(std::move(name));
    } else if (type == fs::file_type::regular && !name.starts_with('_') && IsParquetName(name)) {
      contents->has_parquet = true;
    }
  }
  std::sort(contents->folders.begin(), contents->folders.end());
  return error;
}

/// Whether there is a Parquet file in a folder or deeper; counts the folders it reads.
bool HoldsParquet(const fs::path& folder, std::size_t depth, std::size_t* folders) {
  Contents contents;
  if (*folders == 0 || depth > kMaxDepth || IsDeltaTable(folder)) return false;
  --*folders;
  if (ReadContents(folder, &contents)) return false;
  return contents.has_parquet ||
         std::any_of(contents.folders.begin(), contents.folders.end(), [&](const auto& name) {
           return HoldsParquet(folder / name, depth + 1, folders);
         });
}

/// Whether a folder with these contents is a table of Parquet files.
bool IsParquetTable(const fs::path& folder, const Contents& contents) {
  std::size_t left = kMaxFoldersLookedAt;
  return contents.has_parquet ||
         std::any_of(contents.folders.begin(), contents.folders.end(), [&](const auto& name) {
           return IsPartition(name) && HoldsParquet(folder / name, 1, &left);
         });
}

std::string RelativePath(const FoundTable& table) {
  std::string out;
  for (const auto& name : table.below_root) {
    if (!out.empty()) out += '/';
    out += name;
  }
  return out;
}

/// A folder's name as it may stand in a log line, whatever characters it has.
std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

class Walk {
 public:
  explicit Walk(std::vector<std::string>* warnings) : warnings_(warnings) {}

  /// `entry` is a folder and no table by a log.
  std::error_code Visit(const FoundTable& entry) {
    Contents contents;
    if (const auto error = ReadContents(entry.folder, &contents)) return error;
    const bool is_table = IsParquetTable(entry.folder, contents);
    if (is_table) found_.push_back({entry.folder, entry.below_root, false});
    if (entry.below_root.size() == kMaxDepth) return {};
    for (auto& name : contents.folders) {
      // Its partitions are no tables of their own.
      if (!is_table || !IsPartition(name)) Enter(entry, std::move(name));
    }
    return {};
  }

  std::vector<FoundTable>& found() { return found_; }

 private:
  void Enter(const FoundTable& parent, std::string name) {
    if (full_) return;
    if (++folders_ > kMaxFolders || found_.size() >= kMaxTables) {
      full_ = true;
      warnings_->push_back(
          fmt::format("more than {} folders or {} tables: what comes after {} is not shared",
                      kMaxFolders, kMaxTables, Quoted(RelativePath(parent))));
      return;
    }
    FoundTable entry{parent.folder / name, parent.below_root};
    entry.below_root.push_back(std::move(name));
    if (IsDeltaTable(entry.folder)) {
      found_.push_back(std::move(entry));
    } else if (const auto error = Visit(entry)) {
      warnings_->push_back(fmt::format("folder {} is passed over: {}", Quoted(RelativePath(entry)),
                                       error.message()));
    }
  }

  std::vector<std::string>* warnings_;
  std::vector<FoundTable> found_;
  std::size_t folders_ = 0;
  bool full_ = false;
};

/// `name` cut between characters so that `suffix` still fits behind it.
std::string WithSuffix(std::string name, std::string_view suffix) {
  if (name.size() + suffix.size() > kMaxNameBytes) {
    std::size_t cut = kMaxNameBytes - suffix.size();
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0U) == 0x80U) --cut;
    name.resize(cut);
  }
  name += suffix;
  return name;
}

std::string DigestSuffix(std::string_view text) {
  return "_" + Sha256Hex(text).substr(0, kSuffixDigits);
}

/// The folders from the root to the table, the table itself apart.
std::string SchemaName(const FoundTable& table) {
  std::string out;
  for (std::size_t i = 0; i + 1 < table.below_root.size(); ++i) {
    if (i > 0) out += '_';
    out += MakeName(table.below_root[i]);
  }
  if (out.empty()) return "default";
  if (out.size() <= kMaxNameBytes) return out;
  std::string whole = out;
  return WithSuffix(std::move(out), DigestSuffix(whole));
}

/// `folder` is the name of the root.
Table MakeTable(const FoundTable& found, const ScanRules& rules, const std::string& folder) {
  Table table;
  table.share = rules.share.empty() ? folder : rules.share;
  table.schema = rules.schema.empty() ? SchemaName(found) : rules.schema;
  table.name = found.below_root.empty() ? folder : MakeName(found.below_root.back());
  table.id = DerivedTableId(rules.id_domain, RelativePath(found));
  table.location = found.folder.string();
  table.history_shared = rules.history_shared;
  table.row_filter = rules.row_filter;
  if (!found.by_log) table.files = PlainFiles();
  return table;
}

bool IsChosen(const ScanRules& rules, const FoundTable& found) {
  const std::string path = RelativePath(found);
  const auto matches = [&](const Glob& pattern) { return pattern.Matches(path); };
  const auto& [include, exclude] = std::tie(rules.include, rules.exclude);
  return (include.empty() || std::any_of(include.begin(), include.end(), matches)) &&
         std::none_of(exclude.begin(), exclude.end(), matches);
}

/// Gives every table of a group that shares one name a name of its own.
void MakeDistinct(const std::vector<FoundTable>& found, std::vector<Table>* tables,
                  std::vector<std::string>* warnings) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < tables->size(); ++i) {
    groups[FoldName((*tables)[i].schema) + "." + FoldName((*tables)[i].name)].push_back(i);
  }
  for (const auto& [key, group] : groups) {
    if (group.size() == 1) continue;
    std::string folders;
    for (const std::size_t i : group) {
      const std::string path = RelativePath(found[i]);
      if (!folders.empty()) folders += ", ";
      folders += Quoted(path);
      (*tables)[i].name = WithSuffix((*tables)[i].name, DigestSuffix(path));
      folders += " as '" + (*tables)[i].schema + "." + (*tables)[i].name + "'";
    }
    warnings->push_back(
        fmt::format("folders that would share one name are shared as: {}", folders));
  }
}

tl::unexpected<Error> Unreadable(const fs::path& root, const std::error_code& error) {
  spdlog::error("the shared folder '{}' cannot be read: {}", root.string(), error.message());
  return Fail(ErrorKind::kUnavailable, "the shared folder cannot be read at present");
}

}  // namespace

std::string MakeName(std::string_view text) {
  // Whatever is no UTF-8 comes out of a JSON string as U+FFFD and would name another folder.
  std::string quoted;
  AppendJsonString(text, &quoted);
  const bool valid = quoted.find("\xEF\xBF\xBD") == std::string::npos;
  std::string out;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    const bool forbidden =
        b <= 0x20 || b == 0x7F || c == '/' || c == '.' || c == '#' || (b >= 0x80 && !valid);
    out.push_back(forbidden ? '_' : c);
  }
  if (out.size() > kMaxNameBytes) out = WithSuffix(out, DigestSuffix(text));
  return out.empty() ? "_" : out;
}

bool IsDeltaTable(const fs::path& folder) {
  // Asked at every request, so without what fs::path does to its text.
  struct stat at {};
  const auto is_folder = [&](const std::string& path) {
    return ::lstat(path.c_str(), &at) == 0 && S_ISDIR(at.st_mode);
  };
  return is_folder(folder.native() + "/_delta_log") && is_folder(folder.native());
}

bool IsStillThere(const Table& table) {
  if (table.files.empty() || IsDeltaTable(table.location)) {
    return table.files.empty() && IsDeltaTable(table.location);
  }
  Contents contents;
  return !ReadContents(table.location, &contents) && IsParquetTable(table.location, contents);
}

Result<FolderScan> ScanFolder(const fs::path& place, const ScanRules& rules) {
  FolderScan scan;
  Walk walk(&scan.warnings);
  std::error_code missing;
  const fs::path root = fs::canonical(place, missing);
  if (missing) return Unreadable(place, missing);
  if (IsDeltaTable(root)) {
    walk.found().push_back({root, {}});
  } else if (const auto error = walk.Visit({root, {}})) {
    return Unreadable(root, error);
  }
  std::erase_if(walk.found(), [&](const auto& found) { return !IsChosen(rules, found); });
  const std::string folder = MakeName(root.filename().empty() ? "root" : root.filename().string());
  const std::string share = rules.share.empty() ? folder : rules.share;
  SLUICE_RETURN_IF_ERROR(scan.listing.AddShare({share, ""}));
  std::vector<Table> tables;
  for (const auto& found : walk.found()) tables.push_back(MakeTable(found, rules, folder));
  MakeDistinct(walk.found(), &tables, &scan.warnings);
  for (auto& table : tables) {
    SLUICE_RETURN_IF_ERROR(scan.listing.AddSchema({share, table.schema}));
    if (const Status added = scan.listing.AddTable(std::move(table)); !added) {
      scan.warnings.push_back(added.error().message + ": a folder of that name is not shared");
    }
  }
  return scan;
}

}  // namespace sluice::catalog
