#include "check/session.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace sluice::check {
namespace {

namespace json = boost::json;

template <typename Fits>
const TableFacts* Find(const Survey& survey, Fits fits) {
  const auto found = std::find_if(survey.tables.begin(), survey.tables.end(), fits);
  return found == survey.tables.end() ? nullptr : &*found;
}

std::string TextOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<std::int64_t> NumberOf(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

json::object ObjectAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

json::object StatsOf(const json::object& action) {
  json::error_code error;
  const json::value stats = json::parse(TextOf(action, "stats"), error);
  return !error && stats.is_object() ? stats.get_object() : json::object();
}

/// The action inside a line of the delta format, with its name in the parquet format.
std::pair<std::string, json::object> InnerAction(const Line& line) {
  const json::object action = ObjectAt(line.content, "deltaSingleAction");
  for (const auto& [inner, outer] :
       {std::pair("add", "file"), std::pair("remove", "remove"), std::pair("cdc", "cdf")}) {
    if (action.contains(inner)) return {outer, ObjectAt(action, inner)};
  }
  return {"file", {}};
}

FileFacts FactsOf(const Line& line, bool delta) {
  FileFacts facts;
  facts.kind = line.kind;
  json::object action = line.content;
  if (delta) std::tie(facts.kind, action) = InnerAction(line);
  facts.id = TextOf(line.content, "id");
  facts.url = TextOf(action, delta ? "path" : "url");
  facts.size = NumberOf(action, "size").value_or(-1);
  facts.partition_values = ObjectAt(action, "partitionValues");
  facts.stats = StatsOf(action);
  facts.version = NumberOf(line.content, "version");
  facts.expires_at_ms = NumberOf(line.content, "expirationTimestamp");
  return facts;
}

}  // namespace

Result<std::string> Session::AnyShare() const {
  if (survey_.shares.empty()) return NotTested("no share is listed");
  return survey_.shares.front().name;
}

Result<protocol::TableName> Session::AnyTable() const {
  // One that can be read, so that a damaged table does not stand for the server.
  const auto* readable =
      Find(survey_, [](const TableFacts& table) { return table.parquet || table.delta; });
  if (readable != nullptr) return readable->name;
  if (!survey_.tables.empty()) return survey_.tables.front().name;
  return NotTested("no table is listed");
}

Result<const TableFacts*> Session::WithFiles(std::size_t least) const {
  const auto* found = Find(
      survey_, [&](const TableFacts& table) { return table.parquet && table.num_files >= least; });
  if (found != nullptr) return found;
  return NotTested("no table with {} or more files can be read in the parquet format", least);
}

Result<const TableFacts*> Session::Readable() const {
  if (const auto many = WithFiles(2)) return *many;
  return WithFiles(1);
}

Result<const TableFacts*> Session::Partitioned() const {
  const auto* found = Find(survey_, [](const TableFacts& table) {
    return table.parquet && table.num_files > 1 && !table.partition_columns.empty();
  });
  if (found != nullptr) return found;
  return NotTested("no table with a partition column and several files");
}

Result<const TableFacts*> Session::InDeltaFormat() const {
  const auto* both = Find(survey_, [](const TableFacts& table) {
    return table.delta && table.parquet && table.num_files > 0;
  });
  if (both != nullptr) return both;
  const auto* found = Find(survey_, [](const TableFacts& table) { return table.delta; });
  if (found != nullptr) return found;
  return NotTested("no table can be read when the delta format is asked for");
}

Result<const TableFacts*> Session::WithHistory() const {
  const auto* several = Find(survey_, [](const TableFacts& table) {
    return table.history && table.parquet && table.version > 0 && table.num_files > 0;
  });
  if (several != nullptr) return several;
  const auto* found =
      Find(survey_, [](const TableFacts& table) { return table.history && table.parquet; });
  if (found != nullptr) return found;
  return NotTested("no table whose history is shared");
}

Result<const TableFacts*> Session::WithChanges() const {
  const auto* whole = Find(survey_, [](const TableFacts& table) {
    return table.parquet && table.changes_from == 0 && table.version > 0;
  });
  if (whole != nullptr) return whole;
  const auto* found =
      Find(survey_, [](const TableFacts& table) { return table.parquet && table.changes_from; });
  if (found != nullptr) return found;
  return NotTested("no table with a change data feed that is shared");
}

std::vector<FileFacts> FilesOf(const Lines& lines) {
  const bool delta = lines.format == protocol::ResponseFormat::kDelta;
  std::vector<FileFacts> files;
  for (const Line& line : lines.all) {
    const bool is_file =
        line.kind == "file" || line.kind == "add" || line.kind == "cdf" || line.kind == "remove";
    if (is_file) files.push_back(FactsOf(line, delta));
  }
  return files;
}

Result<std::vector<FileFacts>> FilesOf(const Answer& answer) {
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  return FilesOf(lines);
}

std::vector<std::string> SortedIds(const std::vector<FileFacts>& files) {
  std::vector<std::string> ids;
  ids.reserve(files.size());
  for (const auto& file : files) ids.push_back(file.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

json::object MetadataOf(const Lines& lines) {
  for (const Line& line : lines.all) {
    if (line.kind != "metaData") continue;
    return lines.format == protocol::ResponseFormat::kDelta
               ? ObjectAt(line.content, "deltaMetadata")
               : line.content;
  }
  return {};
}

}  // namespace sluice::check
