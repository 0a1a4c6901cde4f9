#include "catalog/folder/folder_scan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>

#include "base/code_points.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/plain_text.h"
#include "base/thread_pool.h"

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
  std::string folder;  ///< Below the root.
  bool by_log = true;  ///< Else by the Parquet files in it.
};

bool IsPartition(std::string_view name) {
  return name.find('=') != std::string_view::npos && !name.starts_with('=');
}

/// Whether what hinders a look at a folder is its own, so that the others are shared all the same.
bool MayPassOver(const Error& error) {
  return error.kind == ErrorKind::kPermissionDenied || error.kind == ErrorKind::kNotFound;
}

/// Whether there is a Parquet file in a folder or deeper; counts the folders it reads.
Result<bool> HoldsParquet(const FolderTree& tree, const std::string& folder, std::size_t depth,
                          std::size_t* folders) {
  if (*folders == 0 || depth > kMaxDepth) return false;
  SLUICE_TRY(const bool has_log, tree.HasLog(folder));
  if (has_log) return false;
  --*folders;
  SLUICE_TRY(const auto contents, tree.Read(folder));
  if (contents.has_parquet) return true;
  for (const auto& name : contents.folders) {
    auto held = HoldsParquet(tree, Below(folder, name), depth + 1, folders);
    if (!held ? !MayPassOver(held.error()) : *held) return held;
  }
  return false;
}

/// Whether a folder with these contents is a table of Parquet files.
Result<bool> IsParquetTable(const FolderTree& tree, const std::string& folder,
                            const FolderContents& contents) {
  if (contents.has_parquet) return true;
  std::size_t left = kMaxFoldersLookedAt;
  for (const auto& name : contents.folders) {
    if (!IsPartition(name)) continue;
    auto held = HoldsParquet(tree, Below(folder, name), 1, &left);
    if (!held ? !MayPassOver(held.error()) : *held) return held;
  }
  return false;
}

/// A folder's name as it may stand in a log line, whatever characters it has.
std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

/// What a folder turned out to be.
struct Look {
  bool has_log = false;
  bool has_files = false;            ///< A table of Parquet files.
  std::vector<std::string> folders;  ///< In which there may be more.
};

Result<Look> LookAt(const FolderTree& tree, const std::string& folder) {
  Look look;
  SLUICE_TRY(look.has_log, tree.HasLog(folder));
  if (look.has_log) return look;
  SLUICE_TRY(const auto contents, tree.Read(folder));
  SLUICE_TRY(look.has_files, IsParquetTable(tree, folder, contents));
  for (const auto& name : contents.folders) {
    // Its partitions are no tables of their own.
    if (!look.has_files || !IsPartition(name)) look.folders.push_back(Below(folder, name));
  }
  return look;
}

/// All tables, a level of folders after the other, those of a level side by side.
class Walk {
 public:
  Walk(const FolderTree& tree, std::vector<std::string>* warnings)
      : tree_(tree), warnings_(warnings) {
    if (tree.width() > 1) pool_.emplace(tree.width());
  }

  Result<std::vector<FoundTable>> Run() {
    std::vector<std::string> level = {""};
    for (std::size_t depth = 0; !level.empty(); ++depth) {
      SLUICE_TRY(auto next, Visit(level, depth));
      if (depth == kMaxDepth) break;
      level = std::move(next);
    }
    return std::move(found_);
  }

 private:
  /// The folders of the next level.
  Result<std::vector<std::string>> Visit(const std::vector<std::string>& level, std::size_t depth) {
    std::vector<std::optional<Result<Look>>> looks(level.size());
    ForAll(pool_ ? &*pool_ : nullptr, level.size(),
           [&](std::size_t i) { looks[i] = LookAt(tree_, level[i]); });
    std::vector<std::string> next;
    for (std::size_t i = 0; i < level.size() && !full_; ++i) {
      auto& look = *looks[i];
      if (!look) {
        if (depth == 0 || !MayPassOver(look.error())) return Fail(look.error());
        warnings_->push_back(
            fmt::format("folder {} is passed over: {}", Quoted(level[i]), look.error().message));
        continue;
      }
      if (look->has_log || look->has_files) found_.push_back({level[i], look->has_log});
      std::ranges::move(look->folders, std::back_inserter(next));
      folders_ += look->folders.size();
      if (folders_ > kMaxFolders || found_.size() >= kMaxTables) Stop(level[i]);
    }
    return next;
  }

  void Stop(const std::string& last) {
    full_ = true;
    warnings_->push_back(
        fmt::format("more than {} folders or {} tables: what comes after {} is not shared",
                    kMaxFolders, kMaxTables, Quoted(last)));
  }

  const FolderTree& tree_;
  std::vector<std::string>* warnings_;
  std::optional<ThreadPool> pool_;
  std::vector<FoundTable> found_;
  std::size_t folders_ = 0;
  bool full_ = false;
};

std::string_view LastSegment(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

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
  for (std::size_t begin = 0, end; (end = table.folder.find('/', begin)) != std::string::npos;
       begin = end + 1) {
    if (begin > 0) out += '_';
    out += MakeName(std::string_view(table.folder).substr(begin, end - begin));
  }
  if (out.empty()) return "default";
  if (out.size() <= kMaxNameBytes) return out;
  std::string whole = out;
  return WithSuffix(std::move(out), DigestSuffix(whole));
}

/// `root` is the name of the place.
Table MakeTable(const FoundTable& found, const FolderTree& tree, const ScanRules& rules,
                const std::string& root) {
  Table table;
  table.share = rules.share.empty() ? root : rules.share;
  table.schema = rules.schema.empty() ? SchemaName(found) : rules.schema;
  table.name = found.folder.empty() ? root : MakeName(LastSegment(found.folder));
  table.id = DerivedTableId(rules.id_domain, found.folder);
  table.location = tree.LocationOf(found.folder);
  table.history_shared = rules.history_shared;
  table.row_filter = rules.row_filter;
  table.storage = rules.storage;
  if (!found.by_log) table.files = PlainFiles();
  return table;
}

bool IsChosen(const ScanRules& rules, const FoundTable& found) {
  const auto matches = [&](const Glob& pattern) { return pattern.Matches(found.folder); };
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
      const std::string& path = found[i].folder;
      if (!folders.empty()) folders += ", ";
      folders += Quoted(path);
      (*tables)[i].name = WithSuffix((*tables)[i].name, DigestSuffix(path));
      folders += " as '" + (*tables)[i].schema + "." + (*tables)[i].name + "'";
    }
    warnings->push_back(
        fmt::format("folders that would share one name are shared as: {}", folders));
  }
}

}  // namespace

std::string MakeName(std::string_view text) {
  // Whatever is no UTF-8 comes out of a JSON string as U+FFFD and would name another folder.
  std::string quoted;
  AppendJsonString(text, &quoted);
  const bool valid = quoted.find("\xEF\xBF\xBD") == std::string::npos;
  std::string out;
  const std::string plain = valid ? WithoutControlPoints(text, '_') : std::string(text);
  for (const char c : plain) {
    const auto b = static_cast<unsigned char>(c);
    const bool forbidden =
        c == ' ' || IsControl(c) || c == '/' || c == '.' || c == '#' || (b >= 0x80 && !valid);
    out.push_back(forbidden ? '_' : c);
  }
  if (out.size() > kMaxNameBytes) out = WithSuffix(out, DigestSuffix(text));
  return out.empty() ? "_" : out;
}

bool IsStillThere(const Table& table) {
  const auto tree = MakeLocalTree(table.location);
  const bool has_log = tree->HasLog("").value_or(false);
  if (table.files.empty() || has_log) return table.files.empty() && has_log;
  const auto contents = tree->Read("");
  return contents && IsParquetTable(*tree, "", *contents).value_or(false);
}

std::set<std::string> WarnOnce(std::string_view place, const std::vector<std::string>& warnings,
                               const std::set<std::string>& before) {
  std::set<std::string> current(warnings.begin(), warnings.end());
  for (const auto& warning : current) {
    if (!before.contains(warning)) spdlog::warn("shared folder '{}': {}", place, warning);
  }
  return current;
}

tl::unexpected<Error> Unreadable(std::string_view place, std::string_view reason) {
  spdlog::error("the shared folder '{}' cannot be read: {}", place, reason);
  return Fail(ErrorKind::kUnavailable, "the shared folder cannot be read at present");
}

Result<FolderScan> ScanFolder(const fs::path& place, const ScanRules& rules) {
  std::error_code missing;
  const fs::path root = fs::canonical(place, missing);
  if (missing) return Unreadable(place.native(), missing.message());
  return ScanTree(*MakeLocalTree(root), rules);
}

Result<FolderScan> ScanTree(const FolderTree& tree, const ScanRules& rules) {
  FolderScan scan;
  auto found = Walk(tree, &scan.warnings).Run();
  if (!found) return Unreadable(tree.Describe(), found.error().message);
  std::erase_if(*found, [&](const FoundTable& table) { return !IsChosen(rules, table); });
  const std::string last(LastSegment(tree.Describe()));
  const std::string root = MakeName(last.empty() ? "root" : last);
  const std::string share = rules.share.empty() ? root : rules.share;
  SLUICE_RETURN_IF_ERROR(scan.listing.AddShare({share, ""}));
  std::vector<Table> tables;
  for (const auto& table : *found) tables.push_back(MakeTable(table, tree, rules, root));
  MakeDistinct(*found, &tables, &scan.warnings);
  for (auto& table : tables) {
    SLUICE_RETURN_IF_ERROR(scan.listing.AddSchema({share, table.schema}));
    if (const Status added = scan.listing.AddTable(std::move(table)); !added) {
      scan.warnings.push_back(added.error().message + ": a folder of that name is not shared");
    }
  }
  return scan;
}

}  // namespace sluice::catalog
