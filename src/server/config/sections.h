// The sections of the configuration file, one reader each. Not part of the folder's interface.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/config/config.h"
#include "server/config/yaml_value.h"

namespace sluice::config {

/// Something that a token names; whether it exists is known once the file has been read.
struct GrantMention {
  YamlValue place;
  GrantConfig grant;
};

/// A rule for the place of one table.
struct TableRule {
  YamlValue place;
  storage::StoreRule rule;
};

Status ReadShares(const YamlValue& value, std::vector<ShareConfig>* out,
                  std::vector<TableRule>* rules);
/// What one token's recipient may see and take.
Status ReadGrants(const YamlValue& value, TokenConfig* token, std::vector<GrantMention>* mentions);
Status ReadGrantedShares(const YamlValue& value, TokenConfig* token,
                         std::vector<GrantMention>* mentions);
Status ReadProperties(const YamlValue& value, std::map<std::string, std::string>* out);
Status ReadNetworks(const YamlValue& value, TokenConfig* token);
/// A filter of rows, by its form alone.
Status ReadRowFilter(const YamlValue& value, std::string* out);
/// An error that names the place of the first thing that is not there.
Status CheckMentions(const std::vector<GrantMention>& mentions,
                     const std::vector<ShareConfig>& shares);
/// What `authorization` fills.
struct Authorization {
  std::vector<TokenConfig> tokens;
  std::vector<OidcIssuerConfig> issuers;
  std::vector<GrantMention> mentions;
};
Status ReadAuthorization(const YamlValue& value, Authorization* out);
/// One of its issuers, added to `out`.
Status ReadIssuer(const YamlValue& value, Authorization* out);
/// The keys that say what a recipient may do, whatever it proves itself by.
std::vector<YamlField> AccessFields(TokenConfig* out, std::vector<GrantMention>* mentions);
/// Whether the name is one, and of no recipient yet. Errors: kInvalidArgument.
Status CheckNewName(const YamlValue& value, const std::string& name, const Authorization& all);
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
