// What the listings answer.
#include <array>
#include <optional>
#include <set>

#include "base/ascii.h"
#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;
using protocol::EndpointId;

/// Every item says of itself where it is.
Finding ExpectPlace(const json::object& page, std::string_view field, const std::string& wanted,
                    const std::string& place) {
  const json::value* items = page.if_contains("items");
  if (items == nullptr || items->is_null()) return {};
  for (const json::value& item : items->get_array()) {
    const auto& name = item.at(field).get_string();
    if (!EqualsIgnoreCase(name, wanted)) {
      return Violated("{}: an item says that its {} is '{}', not '{}'", place, field,
                      Printable(name, 80), wanted);
    }
  }
  return {};
}

Finding Shares(Session& session) {
  SLUICE_TRY(const Answer answer, session.Ask({EndpointId::kListShares}));
  return ObjectOf(answer, protocol::kSharesShape).map([](const auto&) {});
}

Finding GetShare(Session& session) {
  SLUICE_TRY(const std::string share, session.AnyShare());
  SLUICE_TRY(const Answer answer, session.Ask({EndpointId::kGetShare, {share}}));
  SLUICE_TRY(const json::object body, ObjectOf(answer, protocol::kShareAnswerShape));
  const auto& name = body.at("share").at("name").get_string();
  if (EqualsIgnoreCase(name, share)) return {};
  return Violated("{}: the answer is share '{}'", answer.place, Printable(name, 80));
}

Finding Schemas(Session& session) {
  SLUICE_TRY(const std::string share, session.AnyShare());
  SLUICE_TRY(const Answer answer, session.Ask({EndpointId::kListSchemas, {share}}));
  SLUICE_TRY(const json::object body, ObjectOf(answer, protocol::kSchemasShape));
  return ExpectPlace(body, "share", share, answer.place);
}

Finding Tables(Session& session) {
  SLUICE_TRY(const auto table, session.AnyTable());
  SLUICE_TRY(const Answer answer,
             session.Ask({EndpointId::kListTables, {table.share, table.schema}}));
  SLUICE_TRY(const json::object body, ObjectOf(answer, protocol::kTablesShape));
  SLUICE_RETURN_IF_ERROR(ExpectPlace(body, "share", table.share, answer.place));
  return ExpectPlace(body, "schema", table.schema, answer.place);
}

Finding AllTables(Session& session) {
  SLUICE_TRY(const auto table, session.AnyTable());
  SLUICE_TRY(const Answer answer, session.Ask({EndpointId::kListAllTables, {table.share}}));
  SLUICE_TRY(const json::object body, ObjectOf(answer, protocol::kTablesShape));
  return ExpectPlace(body, "share", table.share, answer.place);
}

/// The names of a listing's items, if it is one page and well-formed.
std::optional<std::vector<std::string>> NamesOf(const Answer& answer) {
  const auto body = JsonOf(answer);
  if (!body || !body->is_object() || answer.status() != 200) return std::nullopt;
  const json::value* token = body->as_object().if_contains("nextPageToken");
  if (token != nullptr && token->is_string() && !token->get_string().empty()) return std::nullopt;
  std::vector<std::string> names;
  const json::value* items = body->as_object().if_contains("items");
  if (items == nullptr || !items->is_array()) return names;
  for (const json::value& item : items->get_array()) {
    const auto* object = item.if_object();
    const json::value* name = object == nullptr ? nullptr : object->if_contains("name");
    if (name == nullptr || !name->is_string()) return std::nullopt;
    names.emplace_back(name->get_string());
  }
  return names;
}

Finding AllTablesAgree(Session& session) {
  constexpr std::size_t kMostSchemas = 50;
  SLUICE_TRY(const std::string share, session.AnyShare());
  SLUICE_TRY(const Answer all, session.Ask({EndpointId::kListAllTables, {share}}));
  SLUICE_TRY(const Answer schemas, session.Ask({EndpointId::kListSchemas, {share}}));
  const auto all_names = NamesOf(all);
  const auto schema_names = NamesOf(schemas);
  if (!all_names || !schema_names || schema_names->size() > kMostSchemas) {
    return NotTested("the listings of share '{}' are not one page each", share);
  }
  std::multiset<std::string> by_schema;
  for (const auto& schema : *schema_names) {
    SLUICE_TRY(const Answer tables, session.Ask({EndpointId::kListTables, {share, schema}}));
    const auto names = NamesOf(tables);
    if (!names) return NotTested("the tables of schema '{}' are not one page", schema);
    by_schema.insert(names->begin(), names->end());
  }
  const std::multiset<std::string> at_once(all_names->begin(), all_names->end());
  if (at_once == by_schema) return {};
  return Violated("share '{}' has {} tables in all-tables and {} in its schemas", share,
                  at_once.size(), by_schema.size());
}

constexpr std::string_view kShape =
    "Clients read the fields by name and type, and stop at what is missing or another type.";

constexpr std::array kPoints = {
    Point{"listing.shares", Level::kDemand, "List Shares",
          "GET /shares answers 200 with a JSON page of shares, each with its name.", kShape,
          Shares},
    Point{"listing.share", Level::kDemand, "Get Share",
          "GET /shares/{share} answers 200 with that share.", kShape, GetShare},
    Point{"listing.schemas", Level::kDemand, "List Schemas in a Share",
          "GET …/schemas answers 200 with a JSON page of the share's schemas, each with its name "
          "and share.",
          kShape, Schemas},
    Point{"listing.tables", Level::kDemand, "List Tables in a Schema",
          "GET …/tables answers 200 with a JSON page of the schema's tables, each with its name, "
          "schema and share.",
          kShape, Tables},
    Point{"listing.all-tables", Level::kDemand, "List all Tables in a Share",
          "GET …/all-tables answers 200 with a JSON page of the share's tables.", kShape,
          AllTables},
    Point{"listing.all-tables-agree", Level::kDemand, "List all Tables in a Share",
          "All tables of a share are those of its schemas.",
          "What a person finds would depend on the client: some list at once, some by schema.",
          AllTablesAgree},
};

}  // namespace

std::span<const Point> ListingPoints() {
  return kPoints;
}

}  // namespace sluice::check
