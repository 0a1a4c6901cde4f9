// Names and ids.
#include <array>
#include <map>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/plain_text.h"
#include "check/session.h"

namespace sluice::check {
namespace {

using protocol::EndpointId;

constexpr std::size_t kMaxNameBytes = 255 * 4;

/// Letters in the other case.
std::string Swapped(std::string text) {
  for (char& c : text) {
    c = c == ToLower(c) ? ToUpper(c) : ToLower(c);
  }
  return text;
}

Finding ExpectName(std::string_view kind, const std::string& name, bool dots) {
  const auto wrong = [&](std::string_view what) {
    return Violated("the name of {} '{}' {}", kind, Printable(name, 80), what);
  };
  if (name.empty()) return wrong("is empty");
  if (name.size() > kMaxNameBytes) return wrong("is longer than 255 characters");
  for (const char c : name) {
    if (c == ' ' || IsControl(c) || c == '/') {
      return wrong("holds a space, a slash or a control character");
    }
    if (c == '.' && !dots) return wrong("holds a period");
  }
  return {};
}

Finding NameForms(Session& session) {
  if (session.survey().shares.empty()) return NotTested("no share is listed");
  for (const auto& share : session.survey().shares) {
    SLUICE_RETURN_IF_ERROR(ExpectName("share", share.name, true));
  }
  for (const auto& table : session.survey().listed) {
    SLUICE_RETURN_IF_ERROR(ExpectName("schema", table.schema, false));
    SLUICE_RETURN_IF_ERROR(ExpectName("table", table.name, false));
  }
  return {};
}

Finding NameCase(Session& session) {
  SLUICE_TRY(const auto table, session.AnyTable());
  const std::string share = Swapped(table.share);
  const std::string schema = Swapped(table.schema);
  const std::string name = Swapped(table.table);
  if (share == table.share && schema == table.schema && name == table.table) {
    return NotTested("no name has letters");
  }
  for (const Probe& probe :
       {Probe{EndpointId::kGetShare, {share}}, Probe{EndpointId::kListSchemas, {share}},
        Probe{EndpointId::kListTables, {share, schema}}, VersionProbe({share, schema, name})}) {
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  }
  return {};
}

Finding Ids(Session& session) {
  std::map<std::string, std::string> shares;
  std::map<std::string, std::string> tables;
  for (const auto& share : session.survey().shares) {
    if (share.id.empty()) continue;
    const auto [other, fresh] = shares.emplace(share.id, share.name);
    if (!fresh) {
      return Violated("the shares '{}' and '{}' have the same id", other->second, share.name);
    }
  }
  for (const auto& table : session.survey().listed) {
    if (table.id.empty()) continue;
    const std::string name = fmt::format("{}.{}.{}", table.share, table.schema, table.name);
    const auto [other, fresh] = tables.emplace(table.share + "\n" + table.id, name);
    if (!fresh) {
      return Violated("the tables '{}' and '{}' have the same id", other->second, name);
    }
  }
  if (shares.empty() && tables.empty()) return NotTested("no share and no table has an id");
  return {};
}

constexpr std::array kPoints = {
    Point{"names.form", Level::kDemand, "Names",
          "Names have at most 255 characters, no space, slash or control character; those of "
          "schemas and tables no period.",
          "profile#share.schema.table could not be told apart, and URLs not be built.", NameForms},
    Point{"names.case", Level::kDemand, "Names", "Names compare without case.",
          "Engines fold names in their own way and would not find the table.", NameCase},
    Point{"names.ids", Level::kDemand, "List Shares",
          "Ids of shares are unique on the server, those of tables within their share.",
          "Clients that keep things by id would mix them up.", Ids},
};

}  // namespace

std::span<const Point> NamePoints() {
  return kPoints;
}

}  // namespace sluice::check
