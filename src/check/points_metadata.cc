// Query Table Metadata.
#include <array>
#include <set>

#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;

/// The answer about a table's metadata in the parquet format.
Result<Answer> Metadata(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  return session.Ask(MetadataProbe(table->name));
}

Finding Headers(Session& session) {
  SLUICE_TRY(const Answer answer, Metadata(session));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  SLUICE_RETURN_IF_ERROR(ExpectType(answer, "application/x-ndjson"));
  return ExpectVersion(answer);
}

Finding TwoLines(Session& session) {
  SLUICE_TRY(const Answer answer, Metadata(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  if (lines.all.size() == 2 && lines.all[0].kind == "protocol" && lines.all[1].kind == "metaData") {
    return {};
  }
  std::string kinds;
  for (const Line& line : lines.all) kinds += (kinds.empty() ? "" : ", ") + line.kind;
  return Violated("{}: the lines are: {}", answer.place, Shown(kinds));
}

Finding ProtocolShape(Session& session) {
  SLUICE_TRY(const Answer answer, Metadata(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  return ExpectLineShapes(lines, {"protocol"}, answer.place);
}

Finding MetadataShape(Session& session) {
  SLUICE_TRY(const Answer answer, Metadata(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  return ExpectLineShapes(lines, {"metaData"}, answer.place);
}

/// The names of the top-level columns in a schema's text.
Result<std::set<std::string>> ColumnsOf(const json::object& metadata, const std::string& place) {
  const json::value* text = metadata.if_contains("schemaString");
  if (text == nullptr || !text->is_string()) return Violated("{}: no schemaString", place);
  json::error_code error;
  const json::value schema = json::parse(text->get_string(), error);
  const json::object* object = error ? nullptr : schema.if_object();
  const json::value* fields = object == nullptr ? nullptr : object->if_contains("fields");
  if (fields == nullptr || !fields->is_array() || !object->contains("type") ||
      object->at("type") != "struct") {
    return Violated("{}: schemaString is no schema of type struct", place);
  }
  std::set<std::string> names;
  for (const json::value& field : fields->get_array()) {
    const json::object* column = field.if_object();
    for (const std::string_view key : {"name", "type", "nullable"}) {
      if (column == nullptr || !column->contains(key)) {
        return Violated("{}: a column of schemaString has no '{}'", place, key);
      }
    }
    if (column->at("name").is_string()) names.emplace(column->at("name").get_string());
  }
  return names;
}

Finding Schema(Session& session) {
  SLUICE_TRY(const Answer answer, Metadata(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  const json::object metadata = MetadataOf(lines);
  SLUICE_TRY(const auto columns, ColumnsOf(metadata, answer.place));
  const json::value* partitions = metadata.if_contains("partitionColumns");
  if (partitions == nullptr || !partitions->is_array()) return {};
  for (const json::value& name : partitions->get_array()) {
    if (!name.is_string() || columns.contains(std::string(name.get_string()))) continue;
    return Violated("{}: the partition column '{}' is not in schemaString", answer.place,
                    Printable(name.get_string(), 80));
  }
  return {};
}

Finding SameAsQuery(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer metadata, session.Ask(MetadataProbe(table->name)));
  SLUICE_TRY(const Answer query, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const Lines one, LinesOf(metadata));
  SLUICE_TRY(const Lines other, LinesOf(query));
  const json::object a = MetadataOf(one);
  const json::object b = MetadataOf(other);
  for (const std::string_view field : {"id", "schemaString", "partitionColumns"}) {
    const json::value* x = a.if_contains(field);
    const json::value* y = b.if_contains(field);
    if (x != nullptr && y != nullptr && *x == *y) continue;
    return Violated("{} and {} differ in '{}'", metadata.place, query.place, field);
  }
  return {};
}

Finding VersionAndTimestamp(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  Probe probe = MetadataProbe(table->name);
  probe.query = {{"version", "0"}, {"timestamp", "2024-01-01T00:00:00Z"}};
  SLUICE_TRY(const Answer answer, session.Ask(probe));
  return ExpectError(answer, {400});
}

Finding OfAVersion(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  Probe probe = MetadataProbe(table->name);
  probe.query = {{"version", std::to_string(table->version)}};
  SLUICE_TRY(const Answer answer, session.Ask(probe));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  SLUICE_TRY(const std::int64_t version, VersionOf(answer));
  if (version == table->version) return {};
  return Violated("{}: Delta-Table-Version is {}", answer.place, version);
}

constexpr std::string_view kSection = "Query Table Metadata";

constexpr std::array kPoints = {
    Point{"metadata.headers", Level::kDemand, kSection,
          "GET …/metadata answers 200 with Content-Type application/x-ndjson and "
          "Delta-Table-Version.",
          "Clients read the version from the header and stop without it.", Headers},
    Point{"metadata.two-lines", Level::kDemand, kSection,
          "Its body is two lines: protocol, then metaData.",
          "Clients take the lines by number; Spark refuses a third.", TwoLines},
    Point{"metadata.protocol", Level::kDemand, "Protocol",
          "The protocol line has the minReaderVersion.",
          "A client could not tell whether it can read the table, and would read it wrong.",
          ProtocolShape},
    Point{"metadata.fields", Level::kDemand, "Metadata",
          "The metaData line has id, format, schemaString and partitionColumns, each of its type.",
          "Clients read these fields by name and type.", MetadataShape},
    Point{"metadata.schema", Level::kDemand, "Schema Object",
          "schemaString is the JSON of a struct whose columns have name, type and nullable, and "
          "the partition columns are among them.",
          "Without it no column can be made of the files.", Schema},
    Point{"metadata.same-as-query", Level::kDemand, kSection,
          "A query tells of the same id, schema and partition columns as the metadata.",
          "Clients plan with the metadata and read with the query.", SameAsQuery},
    Point{"metadata.version", Level::kDemand, kSection,
          "The metadata of a version names that version in Delta-Table-Version.",
          "Reads of the past would take the schema of today.", OfAVersion},
    Point{"metadata.one-of-two", Level::kDemand, kSection,
          "version and timestamp together are refused with 400.",
          "The server would answer one of them, and nobody knows which.", VersionAndTimestamp},
};

}  // namespace

std::span<const Point> MetadataPoints() {
  return kPoints;
}

}  // namespace sluice::check
