// Section `storage`.
#include "server/config/sections.h"

namespace sluice::config {
namespace {

Status ReadRule(const YamlValue& value, storage::StoreRule* out) {
  const auto read = [out](const YamlEntry& entry) -> Status {
    if (entry.name == "directoryAccess") {
      SLUICE_TRY(out->directory_access, entry.value.Bool());
      return {};
    }
    SLUICE_TRY(const std::string text, entry.value.NonEmptyText());
    if (entry.name == "prefix") {
      out->prefix = text;
    } else {
      out->options.emplace(entry.name, text);
    }
    return {};
  };
  SLUICE_RETURN_IF_ERROR(value.ReadEntries(read));
  if (out->prefix.empty()) return value.Refuse("'prefix' is missing");
  return {};
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

}  // namespace sluice::config
