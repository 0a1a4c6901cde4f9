// Section `storage`, and `storage` of a table.
#include <algorithm>

#include "server/config/sections.h"

namespace sluice::config {
namespace {

/// One option of a rule; its prefix, too, where that may be there.
Status ReadOption(const YamlEntry& entry, bool with_prefix, storage::StoreRule* out) {
  if (entry.name == "directoryAccess") {
    SLUICE_TRY(out->directory_access, entry.value.Bool());
    return {};
  }
  SLUICE_TRY(const std::string text, entry.value.NonEmptyText());
  if (with_prefix && entry.name == "prefix") {
    out->prefix = text;
  } else {
    out->options.emplace(entry.name, text);
  }
  return {};
}

Status ReadRule(const YamlValue& value, storage::StoreRule* out) {
  SLUICE_RETURN_IF_ERROR(
      value.ReadEntries([out](const YamlEntry& entry) { return ReadOption(entry, true, out); }));
  if (out->prefix.empty()) return value.Refuse("'prefix' is missing");
  return {};
}

bool IsSame(const storage::StoreRule& a, const storage::StoreRule& b) {
  return a.prefix == b.prefix && a.options == b.options && a.directory_access == b.directory_access;
}

}  // namespace

Status ReadStorage(const YamlValue& value, std::vector<storage::StoreRule>* out) {
  const auto read = [out](const YamlValue& item) -> Status {
    SLUICE_RETURN_IF_ERROR(ReadRule(item, &out->emplace_back()));
    // All of them so far, for options may be those of a wider rule.
    const auto stores = storage::Stores::Make(*out, storage::Surroundings::OfProcess());
    if (!stores) return item.Refuse(stores.error().kind, stores.error().message);
    return {};
  };
  return value.ReadList(read);
}

Status ReadStoreOptions(const YamlValue& value, storage::StoreRule* out) {
  return value.ReadEntries([out](const YamlEntry& entry) { return ReadOption(entry, false, out); });
}

Status AddTableRules(const std::vector<TableRule>& rules, std::vector<storage::StoreRule>* out) {
  if (rules.empty()) return {};
  for (const TableRule& added : rules) {
    // A table may be in several shares.
    const auto is_it = [&](const auto& rule) { return IsSame(rule, added.rule); };
    if (std::none_of(out->begin(), out->end(), is_it)) out->push_back(added.rule);
  }
  const auto stores = storage::Stores::Make(*out, storage::Surroundings::OfProcess());
  if (stores) return {};
  const Error& error = stores.error();
  const auto is_wrong = [&](const TableRule& added) {
    return error.message.starts_with(added.rule.prefix + ": ");
  };
  const auto wrong = std::find_if(rules.begin(), rules.end(), is_wrong);
  return (wrong == rules.end() ? rules.front() : *wrong).place.Refuse(error.kind, error.message);
}

}  // namespace sluice::config
