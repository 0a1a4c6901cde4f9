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
Status ReadAuthorization(const YamlValue& value, std::vector<TokenConfig>* out,
                         std::vector<ShareMention>* mentions);
/// An absolute path, file:///… on this machine (which becomes `file:///…`), or a place in a store.
Status ReadLocation(const YamlValue& value, std::string* out);
Status ReadStorage(const YamlValue& value, std::vector<storage::StoreRule>* out);
Status ReadTls(const YamlValue& value, TlsConfig* out);
Status ReadLimits(const YamlValue& value, LimitsConfig* out);
Status ReadLog(const YamlValue& value, LogConfig* out);
Status ReadAsyncQueries(const YamlValue& value, AsyncQueriesConfig* out);

}  // namespace sluice::config
