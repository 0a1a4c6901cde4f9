// Read Data from a Table: the answer about a snapshot.
#include <array>
#include <set>

#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;

Result<Answer> Query(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  return session.Ask(QueryProbe(table->name));
}

Finding Answers(Session& session) {
  if (session.survey().tables.empty()) return NotTested("no table is listed");
  for (const auto& table : session.survey().tables) {
    if (table.parquet || table.delta) continue;
    SLUICE_TRY(const Answer metadata, session.Ask(InDelta(MetadataProbe(table.name))));
    if (metadata.status() != 200) continue;  // Not readable at all, and says so.
    SLUICE_TRY(const Answer answer, session.Ask(InDelta(QueryProbe(table.name))));
    const bool refused = answer.status() >= 400 && answer.status() < 500;
    SLUICE_RETURN_IF_ERROR(refused ? ExpectError(answer, {answer.status()})
                                   : ExpectStatus(answer, 200));
  }
  return {};
}

Finding Headers(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_RETURN_IF_ERROR(ExpectType(answer, "application/x-ndjson"));
  return ExpectVersion(answer);
}

Finding SameVersion(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer before, session.prober().AskAgain(VersionProbe(table->name)));
  SLUICE_TRY(const Answer query, session.prober().AskAgain(QueryProbe(table->name)));
  SLUICE_TRY(const Answer after, session.prober().AskAgain(VersionProbe(table->name)));
  SLUICE_TRY(const std::int64_t first, VersionOf(before));
  SLUICE_TRY(const std::int64_t version, VersionOf(query));
  SLUICE_TRY(const std::int64_t last, VersionOf(after));
  if (version >= first && version <= last) return {};
  return Violated("{}: Delta-Table-Version is {}, where the version was {} before and {} after",
                  query.place, version, first, last);
}

Finding LineOrder(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  for (std::size_t i = 0; i < lines.all.size(); ++i) {
    const std::string& kind = lines.all[i].kind;
    const bool last = i + 1 == lines.all.size();
    const bool right = i == 0   ? kind == "protocol"
                       : i == 1 ? kind == "metaData"
                                : kind == "file" || (last && kind == "endStreamAction");
    if (!right) {
      return Violated("{}: line {} is '{}'", answer.place, i + 1, Printable(kind, 40));
    }
  }
  if (lines.all.size() < 2) return Violated("{}: {} lines", answer.place, lines.all.size());
  return {};
}

Finding Fields(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  return ExpectLineShapes(lines, {"protocol", "metaData", "file", "endStreamAction"}, answer.place);
}

Finding UniqueIds(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_TRY(const auto files, FilesOf(answer));
  std::set<std::string> ids;
  for (const auto& file : files) {
    if (!ids.insert(file.id).second) {
      return Violated("{}: two files have the id '{}'", answer.place, Printable(file.id, 80));
    }
  }
  return {};
}

Finding LastingIds(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer first, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const Answer again, session.prober().AskAgain(QueryProbe(table->name)));
  SLUICE_TRY(const auto before, FilesOf(first));
  SLUICE_TRY(const auto after, FilesOf(again));
  if (first.Get("delta-table-version") != again.Get("delta-table-version")) {
    return NotTested("the table changed in the meantime");
  }
  if (SortedIds(before) == SortedIds(after)) return {};
  return Violated("{}: asked twice, the same version has files with other ids", first.place);
}

Finding PartitionValues(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  const json::object metadata = MetadataOf(lines);
  const json::value* columns = metadata.if_contains("partitionColumns");
  if (columns == nullptr || !columns->is_array()) return NotTested("no partitionColumns are told");
  std::set<std::string> wanted;
  for (const auto& name : columns->get_array()) {
    if (name.is_string()) wanted.emplace(name.get_string());
  }
  for (const auto& file : FilesOf(lines)) {
    std::set<std::string> found;
    for (const auto& pair : file.partition_values) found.emplace(pair.key());
    if (found == wanted) continue;
    return Violated(
        "{}: file '{}' has {} partition values, and the table {} partition columns, or "
        "they are others",
        answer.place, Printable(file.id, 80), found.size(), wanted.size());
  }
  return {};
}

Finding Stats(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_TRY(const auto files, FilesOf(answer));
  bool any = false;
  for (const auto& file : files) {
    if (file.stats.empty()) continue;
    any = true;
    const json::value* records = file.stats.if_contains("numRecords");
    if (records == nullptr || (records->is_int64() && records->get_int64() >= 0)) continue;
    return Violated("{}: numRecords in the stats of file '{}' is no count", answer.place,
                    Printable(file.id, 80));
  }
  if (!any) return NotTested("no file has stats");
  return {};
}

Finding Counts(Session& session) {
  SLUICE_TRY(const Answer answer, Query(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  const auto files = FilesOf(lines);
  std::uint64_t size = 0;  // Wraps, whatever a server says.
  for (const auto& file : files) size += static_cast<std::uint64_t>(file.size);
  bool any = false;
  for (const Line& line : lines.all) {
    if (line.kind != "metaData") continue;
    const std::array told = {std::pair("numFiles", static_cast<std::int64_t>(files.size())),
                             std::pair("size", static_cast<std::int64_t>(size))};
    for (const auto& [field, counted] : told) {
      const json::value* value = line.content.if_contains(field);
      if (value == nullptr || !value->is_int64()) continue;
      any = true;
      if (value->get_int64() != counted) {
        return Violated("{}: metaData says {} {}, and the files come to {}", answer.place, field,
                        value->get_int64(), counted);
      }
    }
  }
  if (!any) return NotTested("metaData has neither numFiles nor size");
  return {};
}

constexpr std::string_view kSection = "Read Data from a Table";

constexpr std::array kPoints = {
    Point{"query.answers", Level::kDemand, kSection,
          "A table whose metadata is told can be queried, or is refused with the protocol's error.",
          "People see a table that they cannot read, and nothing says why.", Answers},
    Point{"query.headers", Level::kDemand, kSection,
          "POST …/query answers with Content-Type application/x-ndjson and Delta-Table-Version.",
          "Clients stop without the version, and split lines by the type.", Headers},
    Point{"query.version", Level::kDemand, kSection,
          "Delta-Table-Version of a query is the table's version.",
          "Clients keep files under this version and would show old rows as new.", SameVersion},
    Point{"query.lines", Level::kDemand, kSection, "The lines are protocol, metaData, then files.",
          "Clients take the first two by number and the rest as files.", LineOrder},
    Point{"query.fields", Level::kDemand, "File",
          "Each line wraps one object with all its required fields, each of its type.",
          "Clients read the fields by name and type, and stop at what is missing.", Fields},
    Point{"query.unique-ids", Level::kDemand, "File", "Each file of a table has an id of its own.",
          "Clients that keep files by id would read one in place of another.", UniqueIds},
    Point{"query.lasting-ids", Level::kDemand, "File",
          "The same file has the same id in every answer.",
          "Clients that keep files by id would fetch everything again.", LastingIds},
    Point{"query.partition-values", Level::kDemand, "File",
          "A file has a value for each partition column and for nothing else.",
          "The column is in no file: its values would be missing from the rows.", PartitionValues},
    Point{"query.stats", Level::kDemand, "Per-file Statistics",
          "numRecords in a file's stats is a count.",
          "Clients count rows and stop at limits by it.", Stats},
    Point{"query.counts", Level::kDemand, "Metadata",
          "numFiles and size of metaData, where told, are those of the files.",
          "Clients show progress and choose how to read by these numbers.", Counts},
};

}  // namespace

std::span<const Point> QueryPoints() {
  return kPoints;
}

}  // namespace sluice::check
