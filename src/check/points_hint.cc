// Hints: fewer files may come, but none that a matching row is in may be missing.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;

json::object Column(std::string_view name, std::string_view type) {
  return {{"op", "column"}, {"name", name}, {"valueType", type}};
}
json::object Literal(std::string_view value, std::string_view type) {
  return {{"op", "literal"}, {"value", value}, {"valueType", type}};
}
json::object Op(std::string_view op, json::array children) {
  json::object node{{"op", op}};
  node["children"] = std::move(children);
  return node;
}
std::string JsonHint(const json::object& predicate) {
  return json::serialize(json::object{{"jsonPredicateHints", json::serialize(predicate)}});
}

/// Every file of `needed` is in the answer to `body`.
Finding ExpectKept(Session& session, const TableFacts& table, const std::string& body,
                   const std::vector<FileFacts>& needed) {
  SLUICE_TRY(const Answer answer, session.Ask(QueryProbe(table.name, body)));
  SLUICE_TRY(const auto files, FilesOf(answer));
  std::set<std::string> ids;
  for (const auto& file : files) ids.insert(file.id);
  for (const auto& file : needed) {
    if (ids.contains(file.id)) continue;
    return Violated("{}: file '{}' is missing, which has rows that match", answer.place,
                    Printable(file.id, 80));
  }
  return {};
}

Finding Unreadable(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer whole, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const auto all, FilesOf(whole));
  for (const char* hint : {R"({"jsonPredicateHints":"this is no tree"})",
                           R"({"jsonPredicateHints":"{\"op\":\"shake\",\"children\":[]}"})",
                           R"({"predicateHints":["this is no condition"]})"}) {
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, hint, all));
  }
  return {};
}

Finding Limit(Session& session) {
  SLUICE_TRY(const auto* table, session.WithFiles(2));
  SLUICE_TRY(const Answer whole, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const auto all, FilesOf(whole));
  SLUICE_TRY(const Answer answer, session.Ask(QueryProbe(table->name, R"({"limitHint":1})")));
  SLUICE_TRY(const auto some, FilesOf(answer));
  const auto known = SortedIds(all);
  for (const auto& file : some) {
    if (!std::binary_search(known.begin(), known.end(), file.id)) {
      return Violated("{}: file '{}' is none of the table's", answer.place, Printable(file.id, 80));
    }
  }
  if (!some.empty()) return {};
  return Violated("{}: no file at all, where the table has {}", answer.place, all.size());
}

/// Text values of partition columns, with the files that have them. Numbers, dates and the like are
/// compared as texts too: an equality of their own text must hold.
Finding Partitions(Session& session) {
  SLUICE_TRY(const auto* table, session.Partitioned());
  SLUICE_TRY(const Answer whole, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const auto all, FilesOf(whole));
  for (const std::string& column : table->partition_columns) {
    std::vector<FileFacts> nulls;
    std::vector<FileFacts> others;
    for (const auto& file : all) {
      const json::value* value = file.partition_values.if_contains(column);
      if (value == nullptr || !(value->is_null() || value->is_string())) continue;
      const bool null = value->is_null() || value->get_string().empty();
      (null ? nulls : others).push_back(file);
    }
    const auto is_null = Op("isNull", {Column(column, "string")});
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, JsonHint(is_null), nulls));
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, JsonHint(Op("not", {is_null})), others));
    if (others.empty()) continue;
    const std::string value(others.front().partition_values.at(column).get_string());
    std::vector<FileFacts> same;
    std::vector<FileFacts> different;
    for (const auto& file : others) {
      (file.partition_values.at(column).get_string() == value ? same : different).push_back(file);
    }
    const auto equal = Op("equal", {Column(column, "string"), Literal(value, "string")});
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, JsonHint(equal), same));
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, JsonHint(Op("not", {equal})), different));
  }
  return {};
}

/// A column of whole numbers of which a file holds more than one value.
struct Spread {
  std::string column;
  std::int64_t least = 0;
  std::int64_t most = 0;
  FileFacts file;
};

std::optional<Spread> FindSpread(const std::vector<FileFacts>& files) {
  for (const auto& file : files) {
    const json::value* least = file.stats.if_contains("minValues");
    const json::value* most = file.stats.if_contains("maxValues");
    if (least == nullptr || most == nullptr || !least->is_object() || !most->is_object()) continue;
    for (const auto& pair : least->get_object()) {
      const json::value* top = most->get_object().if_contains(pair.key());
      if (top == nullptr || !top->is_int64() || !pair.value().is_int64()) continue;
      if (top->get_int64() > pair.value().get_int64()) {
        return Spread{std::string(pair.key()), pair.value().get_int64(), top->get_int64(), file};
      }
    }
  }
  return std::nullopt;
}

/// Conditions that some row of the file meets, since it holds both of its bounds.
Finding Bounds(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer whole, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const auto all, FilesOf(whole));
  const auto found = FindSpread(all);
  if (!found) return NotTested("no file has stats of a column of whole numbers");
  const auto column = Column(found->column, "long");
  const auto least = Literal(std::to_string(found->least), "long");
  const auto most = Literal(std::to_string(found->most), "long");
  for (const auto& condition :
       {Op("lessThanOrEqual", {column, least}), Op("greaterThanOrEqual", {column, most}),
        Op("lessThan", {column, most}), Op("greaterThan", {column, least}),
        Op("equal", {column, most}),
        // Each holds for one of the file's rows and not for another.
        Op("not", {Op("greaterThanOrEqual", {column, most})}),
        Op("not", {Op("lessThanOrEqual", {column, least})}),
        Op("not", {Op("equal", {column, least})}),
        Op("or", {Op("lessThan", {column, least}), Op("equal", {column, most})})}) {
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, JsonHint(condition), {found->file}));
  }
  // Only a column without need of quotes: what the text's SQL does with others is not said.
  const bool plain = std::all_of(found->column.begin(), found->column.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (!plain) return {};
  for (const auto& [op, bound] :
       {std::pair("=", found->least), std::pair("<=", found->least), std::pair(">=", found->most),
        std::pair("<>", found->least), std::pair("<", found->most), std::pair(">", found->least)}) {
    json::object body;
    body["predicateHints"] = json::array{fmt::format("{} {} {}", found->column, op, bound)};
    SLUICE_RETURN_IF_ERROR(ExpectKept(session, *table, json::serialize(body), {found->file}));
  }
  return {};
}

constexpr std::string_view kJson = "JSON predicates for Filtering";

constexpr std::array kPoints = {
    Point{"hint.unreadable", Level::kDemand, "Request Body",
          "Hints that cannot be read are passed over, and all files come.",
          "Rows would be missing for a hint that only a newer server knows.", Unreadable},
    Point{"hint.limit", Level::kDemand, "Request Body",
          "A limitHint gives files of the table, and at least one where there is one.",
          "A preview would be empty, or show rows of another version.", Limit},
    Point{"hint.partitions", Level::kDemand, kJson,
          "A condition on a partition column keeps every file whose value meets it, also under "
          "not and isNull.",
          "Clients cannot put back a file that did not come: rows would be missing.", Partitions},
    Point{"hint.bounds", Level::kDemand, kJson,
          "A condition keeps every file of which some row meets it, also under not, in both forms "
          "of hints.",
          "Files of which some rows match and some do not are lost first, and nobody notices.",
          Bounds},
};

}  // namespace

std::span<const Point> HintPoints() {
  return kPoints;
}

}  // namespace sluice::check
