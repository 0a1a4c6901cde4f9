// The sections of the configuration file, one reader each. Not part of the folder's interface.
#pragma once

#include <vector>

#include "server/config/config.h"
#include "server/config/yaml_value.h"

namespace sluice::config {

/// A share that a token names; whether it exists is known once the file has been read.
struct ShareMention {
  YamlValue place;
  std::string share;
};

/// A rule for the place of one table.
struct TableRule {
  YamlValue place;
  storage::StoreRule rule;
};

Status ReadShares(const YamlValue& value, std::vector<ShareConfig>* out,
                  std::vector<TableRule>* rules);
Status ReadAuthorization(const YamlValue& value, std::vector<TokenConfig>* out,
                         std::vector<ShareMention>* mentions);
/// An absolute path, file:///… on this machine (which becomes `file:///…`), or a place in a store.
Status ReadLocation(const YamlValue& value, std::string* out);
Status ReadStorage(const YamlValue& value, std::vector<storage::StoreRule>* out);
/// The options of a rule, without its prefix.
Status ReadStoreOptions(const YamlValue& value, storage::StoreRule* out);
/// Adds the rules of tables to those of the section `storage`.
Status AddTableRules(const std::vector<TableRule>& rules, std::vector<storage::StoreRule>* out);
Status ReadTls(const YamlValue& value, TlsConfig* out);
Status ReadLimits(const YamlValue& value, LimitsConfig* out);
Status ReadLog(const YamlValue& value, LogConfig* out);
Status ReadAsyncQueries(const YamlValue& value, AsyncQueriesConfig* out);

}  // namespace sluice::config
