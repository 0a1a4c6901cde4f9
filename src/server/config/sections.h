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

Status ReadShares(const YamlValue& value, std::vector<ShareConfig>* out);
/// What `authorization` fills.
struct Authorization {
  std::vector<TokenConfig> tokens;
  std::vector<OidcIssuerConfig> issuers;
  std::vector<ShareMention> mentions;
};
Status ReadAuthorization(const YamlValue& value, Authorization* out);
/// One of its issuers, added to `out`.
Status ReadIssuer(const YamlValue& value, Authorization* out);
/// The keys that say what a recipient may do, whatever it proves itself by.
std::vector<YamlField> AccessFields(TokenConfig* out, std::vector<ShareMention>* mentions);
/// Whether the name is that of a recipient already. Errors: kInvalidArgument.
Status CheckNewName(const YamlValue& value, const std::string& name, const Authorization& all);
/// An absolute path, file:///… on this machine (which becomes `file:///…`), or a place in a store.
Status ReadLocation(const YamlValue& value, std::string* out);
Status ReadStorage(const YamlValue& value, std::vector<storage::StoreRule>* out);
Status ReadTls(const YamlValue& value, TlsConfig* out);
Status ReadLimits(const YamlValue& value, LimitsConfig* out);
Status ReadLog(const YamlValue& value, LogConfig* out);
Status ReadAsyncQueries(const YamlValue& value, AsyncQueriesConfig* out);

}  // namespace sluice::config
