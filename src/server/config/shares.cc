// Section `shares`.
#include <map>
#include <set>

#include "base/ascii.h"
#include "base/glob.h"
#include "server/config/sections.h"

namespace sluice::config {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
/// Anchors make a small file large; this bounds what it becomes.
constexpr std::size_t kMaxTables = 200'000;
constexpr std::size_t kMaxPatterns = 100;

constexpr std::size_t kMaxTableRules = 1000;

struct Shares {
  std::vector<TableRule>* rules;
  std::size_t tables = 0;
  std::map<std::string, std::string> location_of_id;
};

/// The rules of the sharing protocol ("Names").
Result<std::string> ReadName(const YamlValue& value, bool dot_allowed) {
  SLUICE_TRY(std::string name, value.NonEmptyText());
  if (name.size() > kMaxNameBytes) return value.Refuse("a name must not exceed 255 bytes");
  const std::string_view forbidden = dot_allowed ? " /" : " /.";
  const std::size_t at = name.find_first_of(forbidden);
  if (at != std::string::npos) {
    return value.Refuse(fmt::format("a name must not hold '{}'", name[at]));
  }
  return name;
}

YamlField NameField(std::string* out, std::set<std::string>* taken, bool dot_allowed) {
  const auto read = [=](const YamlValue& value) -> Status {
    SLUICE_TRY(*out, ReadName(value, dot_allowed));
    if (taken->insert(ToLower(*out)).second) return {};
    return value.Refuse(
        fmt::format("'{}' is there twice (names are the same in upper and lower case)", *out));
  };
  return {"name", read, true};
}

/// One pattern of files, or a list of them.
Status ReadPatterns(const YamlValue& value, std::vector<std::string>* out) {
  const auto read = [&](const YamlValue& item) -> Status {
    SLUICE_TRY(std::string pattern, item.NonEmptyText());
    if (const auto glob = Glob::Parse(pattern); !glob) return item.Refuse(glob.error().message);
    if (out->size() == kMaxPatterns) {
      return item.Refuse(fmt::format("more than {} patterns", kMaxPatterns));
    }
    out->push_back(std::move(pattern));
    return {};
  };
  return value.IsList() ? value.ReadList(read) : read(value);
}

Status CollectRule(const YamlValue& value, const std::string& location, Shares* all) {
  if (all->rules->size() == kMaxTableRules) {
    return value.Refuse(
        fmt::format("more than {} tables have options of their own; give those "
                    "that they share in the section storage",
                    kMaxTableRules));
  }
  TableRule& added = all->rules->emplace_back(TableRule{value, {location, {}, {}}});
  return ReadStoreOptions(value, &added.rule);
}

/// The scheme of a URI, also of the form scheme:/path; empty for a path.
std::string_view SchemeOf(std::string_view location) {
  const std::size_t end = location.find_first_of(":/");
  if (end == std::string_view::npos || location[end] != ':') return {};
  return location.substr(0, end);
}

Status ReadTable(const YamlValue& value, Shares* all, std::set<std::string>* names,
                 TableConfig* out) {
  if (++all->tables > kMaxTables) {
    return value.Refuse(fmt::format("more than {} tables", kMaxTables));
  }
  std::optional<YamlValue> id_place;
  std::optional<YamlValue> storage;
  const YamlField fields[] = {
      NameField(&out->name, names, false),
      {"location", [&](const YamlValue& v) { return ReadLocation(v, &out->location); }, true},
      {"id",
       [&](const YamlValue& v) {
         id_place = v;
         return Into(&out->id)(v);
       }},
      {"historyShared", Into(&out->history_shared)},
      {"startVersion", Into(&out->start_version, 0, INT64_MAX)},
      {"files", [&](const YamlValue& v) { return ReadPatterns(v, &out->files); }},
      {"rowFilter", [&](const YamlValue& v) { return ReadRowFilter(v, &out->row_filter); }},
      {"storage",
       [&](const YamlValue& v) -> Status {
         storage = v;
         return {};
       }},
  };
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (storage) SLUICE_RETURN_IF_ERROR(CollectRule(*storage, out->location, all));
  if (out->id.empty()) return {};
  const auto [known, added] = all->location_of_id.try_emplace(out->id, out->location);
  if (added || known->second == out->location) return {};
  return id_place->Refuse(
      fmt::format("'{}' is the id of a table at another location", out->id.substr(0, 64)));
}

Status ReadFolder(const YamlValue& value, std::string* out) {
  SLUICE_RETURN_IF_ERROR(ReadLocation(value, out));
  const auto place = storage::ParseLocation(*out);
  if (!place) return value.Refuse(place.error().message);
  *out = place->Text();
  return {};
}

/// Keys that say something about a folder, where there is one.
std::vector<YamlField> FolderFields(FolderConfig* out, std::optional<YamlValue>* without) {
  const auto noting = [without](const YamlValue& v) {
    if (!*without) *without = v;
  };
  return {
      {"include",
       [=](const YamlValue& v) {
         noting(v);
         return ReadPatterns(v, &out->include);
       }},
      {"exclude",
       [=](const YamlValue& v) {
         noting(v);
         return ReadPatterns(v, &out->exclude);
       }},
      {"historyShared",
       [=](const YamlValue& v) {
         noting(v);
         return Into(&out->history_shared)(v);
       }},
      {"rowFilter",
       [=](const YamlValue& v) {
         noting(v);
         return ReadRowFilter(v, &out->row_filter);
       }},
      {"folder", [=](const YamlValue& v) { return ReadFolder(v, &out->location); }},
  };
}

Status ReadSchema(const YamlValue& value, Shares* all, std::set<std::string>* names,
                  SchemaConfig* out) {
  std::set<std::string> tables;
  const auto read_table = [&](const YamlValue& v) {
    return ReadTable(v, all, &tables, &out->tables.emplace_back());
  };
  FolderConfig folder;
  std::optional<YamlValue> of_folder;
  std::optional<YamlValue> storage;
  std::vector<YamlField> fields = FolderFields(&folder, &of_folder);
  fields.push_back({"storage", [&](const YamlValue& v) -> Status {
                      storage = v;
                      if (!of_folder) of_folder = v;
                      return {};
                    }});
  fields.push_back(NameField(&out->name, names, false));
  fields.push_back({"tables", [&](const YamlValue& v) { return v.ReadList(read_table); }});
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (!folder.location.empty()) {
    if (storage) SLUICE_RETURN_IF_ERROR(CollectRule(*storage, folder.location, all));
    out->folder = std::move(folder);
  } else if (of_folder) {
    return of_folder->Refuse("is said of the tables of a 'folder', which this schema lacks");
  }
  return {};
}

}  // namespace

Status ReadLocation(const YamlValue& value, std::string* out) {
  SLUICE_TRY(*out, value.NonEmptyText());
  const std::string_view scheme = SchemeOf(*out);
  if (scheme.empty()) {
    if (out->front() == '/') return {};
    return value.Refuse("a path must be absolute: /path or file:///path");
  }
  if (scheme != "file") {
    const auto place = storage::ParseLocation(*out);
    if (!place) return value.Refuse(place.error().kind, place.error().message);
    return {};
  }
  std::string_view path = std::string_view(*out).substr(scheme.size() + 1);
  if (path.starts_with("//localhost/")) path.remove_prefix(std::string_view("//localhost").size());
  if (path.starts_with("///")) path.remove_prefix(2);
  if (path.size() < 2 || path[0] != '/' || path[1] == '/') {
    return value.Refuse("must be of the form file:///path");
  }
  *out = "file://" + std::string(path);
  return {};
}

Status ReadShares(const YamlValue& value, std::vector<ShareConfig>* out,
                  std::vector<TableRule>* rules) {
  Shares all{rules, 0, {}};
  std::set<std::string> names;
  return value.ReadList([&](const YamlValue& item) {
    ShareConfig& share = out->emplace_back();
    std::set<std::string> schemas;
    const auto read_schema = [&](const YamlValue& v) {
      return ReadSchema(v, &all, &schemas, &share.schemas.emplace_back());
    };
    const YamlField fields[] = {
        NameField(&share.name, &names, true),
        {"schemas", [&](const YamlValue& v) { return v.ReadList(read_schema); }},
        {"id", Into(&share.id)},
        {"comment", Into(&share.comment)},
        {"properties", [&](const YamlValue& v) { return ReadProperties(v, &share.properties); }},
    };
    return item.ReadMap(fields);
  });
}

}  // namespace sluice::config
