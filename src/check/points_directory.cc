// Access by directory: what a server that offers it has to do.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;
using protocol::EndpointId;

/// A table as it is listed, and the listing.
struct Listed {
  json::object item;
  std::string place;

  /// Its accessModes; nothing when there are none.
  std::optional<json::array> modes() const {
    const json::value* modes = item.if_contains("accessModes");
    if (modes == nullptr || !modes->is_array()) return std::nullopt;
    return modes->get_array();
  }
};

/// The tables of all-tables, of every share; what is no table is left out.
Result<std::vector<Listed>> ListedTables(Session& session) {
  std::vector<Listed> tables;
  std::set<std::string> shares;
  for (const auto& table : session.survey().listed) shares.insert(table.share);
  for (const auto& share : shares) {
    SLUICE_TRY(const Answer answer, session.Ask({EndpointId::kListAllTables, {share}}));
    const auto body = JsonOf(answer);
    if (!body || !body->is_object()) continue;
    const json::value* items = body->get_object().if_contains("items");
    if (items == nullptr || !items->is_array()) continue;
    for (const json::value& item : items->get_array()) {
      if (item.is_object()) tables.push_back({item.get_object(), answer.place});
    }
  }
  return tables;
}

Finding Modes(Session& session) {
  SLUICE_TRY(const auto tables, ListedTables(session));
  bool any = false;
  for (const Listed& table : tables) {
    const auto modes = table.modes();
    if (!modes) continue;
    any = true;
    for (const json::value& mode : *modes) {
      if (mode == "url" || (mode == "dir" && table.item.contains("location"))) continue;
      return Violated("{}: a table with the access mode {}{}", table.place,
                      Shown(json::serialize(mode)), mode == "dir" ? " and no location" : "");
    }
  }
  if (!any) return NotTested("no table is listed with accessModes");
  return {};
}

/// The path of the first table that says it can be read by directory.
std::optional<std::vector<std::string>> FindByDirectory(const std::vector<Listed>& tables) {
  for (const Listed& table : tables) {
    const auto modes = table.modes();
    if (!modes || std::find(modes->begin(), modes->end(), "dir") == modes->end()) continue;
    std::vector<std::string> path;
    for (const std::string_view part : {"share", "schema", "name"}) {
      const json::value* name = table.item.if_contains(part);
      if (name != nullptr && name->is_string()) path.emplace_back(name->get_string());
    }
    if (path.size() == 3) return path;
  }
  return std::nullopt;
}

Finding Credentials(Session& session) {
  SLUICE_TRY(const auto tables, ListedTables(session));
  const auto path = FindByDirectory(tables);
  if (!path) return NotTested("no table is listed with the access mode dir");
  Probe probe{EndpointId::kTemporaryCredentials, *path};
  probe.body = "{}";
  SLUICE_TRY(const Answer answer, session.Ask(probe));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  // The text gives it the type of lines, and its body is one JSON object.
  SLUICE_TRY(const json::value body, JsonOf(answer));
  SLUICE_RETURN_IF_ERROR(ExpectShape(body, protocol::kCredentialsAnswerShape, answer.place));
  int kinds = 0;
  for (const std::string_view kind :
       {"awsTempCredentials", "azureUserDelegationSas", "gcpOauthToken"}) {
    kinds += body.at("credentials").as_object().contains(kind) ? 1 : 0;
  }
  if (kinds == 1) return {};
  return Violated("{}: {} kinds of credentials, not one", answer.place, kinds);
}

constexpr std::array kPoints = {
    Point{"access.modes", Level::kDemand, "Access Modes",
          "accessModes are url and dir, and a table with dir has a location.",
          "Clients that read by directory would have no place to read.", Modes},
    Point{"access.credentials", Level::kDemand, "Generate Temporary Table Credential",
          "A table with the access mode dir gets temporary credentials, of one kind.",
          "Clients that read by directory would have a place and no way in.", Credentials},
};

}  // namespace

std::span<const Point> DirectoryPoints() {
  return kPoints;
}

}  // namespace sluice::check
