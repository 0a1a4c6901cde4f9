#include "catalog_run.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "base/code_points.h"
#include "catalog_commands.h"
#include "protocol/profile.h"
#include "serve_profile.h"
#include "server/admin/operations.h"

namespace sluice::apps {
namespace {

namespace json = boost::json;

/// A value in one cell.
std::string Cell(const json::value& value) {
  if (value.is_string()) return WithoutControlPoints(value.get_string(), '?');
  if (value.is_array()) {
    std::string text;
    for (const auto& item : value.get_array()) text += (text.empty() ? "" : ", ") + Cell(item);
    return text;
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& member : value.get_object()) {
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", std::string_view(member.key()),
                          Cell(member.value()));
    }
    return text;
  }
  return json::serialize(value);
}

/// Columns are the members that any item has, in the order in which they come.
void PrintTable(const json::array& items) {
  std::vector<std::string> names;
  for (const auto& item : items) {
    for (const auto& member : item.get_object()) {
      const bool empty = member.value().is_array() && member.value().get_array().empty();
      const std::string name(member.key());
      if (!empty && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  std::vector<std::vector<std::string>> lines = {names};
  for (const auto& item : items) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const auto& name : names) {
      const auto* value = item.get_object().if_contains(name);
      line.push_back(value == nullptr ? "" : Cell(*value));
    }
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::size_t width = 0;
      for (const auto& other : lines) width = std::max(width, other[i].size());
      text += i + 1 < names.size() ? fmt::format("{:<{}}  ", line[i], width) : line[i];
    }
    fmt::print("{}\n", text);
  }
}

void PrintObject(const json::object& object) {
  for (const auto& member : object) {
    const auto* list = member.value().if_array();
    if (list == nullptr) {
      fmt::print("{:<20}{}\n", std::string_view(member.key()), Cell(member.value()));
      continue;
    }
    for (const auto& item : *list) {
      fmt::print("{:<20}{}\n", std::string_view(member.key()), Cell(item));
    }
  }
}

void Print(const CatalogOptions& options, const json::object& answer) {
  const auto* items = answer.if_contains("items");
  if (options.json) {
    fmt::print("{}\n", json::serialize(answer));
  } else if (items != nullptr) {
    if (!items->get_array().empty()) PrintTable(items->get_array());
  } else {
    PrintObject(answer);
  }
  std::fflush(stdout);
}

std::string Actor() {
  return fmt::format("command of user {}", ::geteuid());
}

Result<json::object> RunAll(const catalog::Admin& admin, const std::string& endpoint,
                            std::vector<OperationRequest> requests) {
  json::object answer;
  for (auto& request : requests) {
    SLUICE_TRY(answer, admin::RunOperation(request.id, {admin, std::move(request.arguments),
                                                        std::move(request.parameters), endpoint}));
  }
  return answer;
}

/// The endpoint as it is given, which is kept for the next time, or as it was.
Result<std::string> FindEndpoint(const catalog::Admin& admin, const ProfileOptions& options) {
  if (options.endpoint.empty()) return admin.GetEndpoint();
  SLUICE_TRY(const std::string endpoint, ParseEndpoint(options.endpoint));
  SLUICE_RETURN_IF_ERROR(admin.SetEndpoint(endpoint));
  return endpoint;
}

/// Puts the profile into its file, whose name takes its place in the answer.
Status StoreProfile(const std::string& file, json::object* answer) {
  const std::string text = json::serialize(answer->at("profile"));
  SLUICE_TRY(const auto profile, protocol::ParseProfile(text));
  SLUICE_RETURN_IF_ERROR(WriteProfile(file, profile));
  (*answer)["profile"] = file;
  return {};
}

/// A catalog begins with something of its own. All else needs what is there, and a slip in the
/// folder's name must not look like a catalog that is empty.
WhenNoCatalog WhenMissing(const std::vector<OperationRequest>& requests) {
  using enum admin::OperationId;
  const auto begins = [](const OperationRequest& request) {
    return request.id == kCreateShare || request.id == kCreateRecipient ||
           request.id == kCreateAdmin;
  };
  return std::any_of(requests.begin(), requests.end(), begins) ? WhenNoCatalog::kMake
                                                               : WhenNoCatalog::kFail;
}

Status Issue(const CatalogOptions& options, const ProfileOptions& profile,
             const std::string& recipient, std::vector<OperationRequest> requests) {
  SLUICE_TRY(const auto rows, OpenCatalogRows(options.place, WhenMissing(requests)));
  const catalog::Admin admin(*rows, CatalogChecks(), Actor());
  SLUICE_TRY(const std::string endpoint, FindEndpoint(admin, profile));
  const std::string file = profile.file.empty() ? recipient + ".share" : profile.file;
  const bool link = requests.back().id == admin::OperationId::kMakeLink;
  if (endpoint.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "say once by which URL recipients reach the server: --endpoint "
                "https://host/delta-sharing");
  }
  // Before anything is changed.
  if (!link && file != "-") SLUICE_RETURN_IF_ERROR(CheckProfilePath(file, endpoint));
  SLUICE_TRY(json::object answer, RunAll(admin, endpoint, std::move(requests)));
  if (!link && file == "-" && !options.json) {
    fmt::print("{}\n", json::serialize(answer.at("profile")));
    std::fflush(stdout);
    return {};
  }
  if (!link && file != "-") SLUICE_RETURN_IF_ERROR(StoreProfile(file, &answer));
  Print(options, answer);
  return {};
}

Status Run(const CatalogOptions& options, std::vector<OperationRequest> requests) {
  SLUICE_TRY(const auto rows, OpenCatalogRows(options.place, WhenMissing(requests)));
  const catalog::Admin admin(*rows, CatalogChecks(), Actor());
  SLUICE_TRY(const json::object answer, RunAll(admin, "", std::move(requests)));
  Print(options, answer);
  return {};
}

}  // namespace

int RunOperations(const CatalogOptions& options, std::vector<OperationRequest> requests) {
  const Status done = Run(options, std::move(requests));
  return done ? kExitOk : ComplainOf(done.error());
}

int RunIssuing(const CatalogOptions& options, const ProfileOptions& profile,
               const std::string& recipient, std::vector<OperationRequest> requests) {
  const Status done = Issue(options, profile, recipient, std::move(requests));
  return done ? kExitOk : ComplainOf(done.error());
}

}  // namespace sluice::apps
