// What a token of section `authorization` opens, and to whom.
#include <algorithm>

#include "base/ascii.h"
#include "base/network.h"
#include "predicate/sql_predicate.h"
#include "server/config/sections.h"

namespace sluice::config {
namespace {

constexpr std::size_t kMaxShownBytes = 64;
constexpr std::size_t kMaxFilterBytes = 16 << 10;
constexpr std::size_t kMaxKeyBytes = 255;

Status ReadGrant(const YamlValue& value, TokenConfig* token, std::vector<GrantMention>* mentions) {
  GrantConfig grant;
  const auto into_name = [](std::string* out) {
    return [out](const YamlValue& v) -> Status {
      SLUICE_TRY(*out, v.NonEmptyText());
      return {};
    };
  };
  const YamlField fields[] = {
      {"share", into_name(&grant.share), true},
      {"schema", into_name(&grant.schema)},
      {"table", into_name(&grant.table)},
      {"rowFilter", [&](const YamlValue& v) { return ReadRowFilter(v, &grant.row_filter); }},
  };
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (!grant.table.empty() && grant.schema.empty()) {
    return value.Refuse("a grant of a table must name its schema");
  }
  mentions->push_back({value, grant});
  token->grants->push_back(std::move(grant));
  return {};
}

template <typename Named>
const Named* Find(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Named& one) { return EqualsIgnoreCase(one.name, name); });
  return found == all.end() ? nullptr : &*found;
}

std::string Shown(std::string_view name) {
  return std::string(name.substr(0, kMaxShownBytes));
}

}  // namespace

Status ReadRowFilter(const YamlValue& value, std::string* out) {
  SLUICE_TRY(*out, value.NonEmptyText());
  if (out->size() > kMaxFilterBytes) return value.Refuse("a filter must not exceed 16 KiB");
  const auto filter = predicate::ParseRowFilter(*out, {});
  if (filter) return {};
  return value.Refuse(fmt::format("is no filter of rows: {}", filter.error().message));
}

Status ReadGrantedShares(const YamlValue& value, TokenConfig* token,
                         std::vector<GrantMention>* mentions) {
  if (value.IsNull()) {
    return value.Refuse("is empty: list the shares, or leave the key out for all");
  }
  if (!token->grants) token->grants.emplace();
  return value.ReadList([&](const YamlValue& item) -> Status {
    GrantConfig grant;
    SLUICE_TRY(grant.share, item.NonEmptyText());
    mentions->push_back({item, grant});
    token->grants->push_back(std::move(grant));
    return {};
  });
}

Status ReadGrants(const YamlValue& value, TokenConfig* token, std::vector<GrantMention>* mentions) {
  if (value.IsNull()) {
    return value.Refuse("is empty: list the grants, or leave the key out for everything");
  }
  if (!token->grants) token->grants.emplace();
  return value.ReadList([&](const YamlValue& item) { return ReadGrant(item, token, mentions); });
}

Status ReadProperties(const YamlValue& value, std::map<std::string, std::string>* out) {
  if (value.IsNull()) return {};
  return value.ReadEntries([&](const YamlEntry& entry) -> Status {
    if (entry.name.empty() || entry.name.size() > kMaxKeyBytes) {
      return entry.key.Refuse("a key must have from 1 to 255 bytes");
    }
    SLUICE_TRY(std::string text, entry.value.Text());
    out->emplace(entry.name, std::move(text));
    return {};
  });
}

Status ReadNetworks(const YamlValue& value, TokenConfig* token) {
  if (value.IsNull()) {
    return value.Refuse("is empty: list the networks, or leave the key out for any");
  }
  SLUICE_RETURN_IF_ERROR(value.ReadList([&](const YamlValue& item) -> Status {
    SLUICE_TRY(std::string text, item.NonEmptyText());
    if (const auto network = Network::Parse(text); !network) {
      return item.Refuse(network.error().message);
    }
    token->allowed_networks.push_back(std::move(text));
    return {};
  }));
  if (token->allowed_networks.empty()) return value.Refuse("must name at least one network");
  return {};
}

Status CheckMentions(const std::vector<GrantMention>& mentions,
                     const std::vector<ShareConfig>& shares) {
  for (const auto& [place, grant] : mentions) {
    const ShareConfig* share = Find(shares, grant.share);
    if (share == nullptr) {
      return place.Refuse(fmt::format("there is no share '{}'", Shown(grant.share)));
    }
    if (grant.schema.empty()) continue;
    const SchemaConfig* schema = Find(share->schemas, grant.schema);
    if (schema == nullptr) {
      return place.Refuse(
          fmt::format("there is no schema '{}.{}'", share->name, Shown(grant.schema)));
    }
    if (grant.table.empty() || Find(schema->tables, grant.table) != nullptr) continue;
    if (schema->folder) continue;  // The table may come.
    return place.Refuse(
        fmt::format("there is no table '{}.{}.{}'", share->name, schema->name, Shown(grant.table)));
  }
  return {};
}

}  // namespace sluice::config
