// The stores in which shared tables lie.
#pragma once

#include <memory>
#include <string>

#include "server/config/config.h"
#include "storage/registry/stores.h"

namespace sluice::apps {

/// As the configuration says, on top of what Hadoop's core-site.xml says where one lies beside
/// `config_file` (empty: there is none), as with the reference server. Errors: those of
/// storage::Stores and storage::ReadHadoopRules; kTooLarge and kPermissionDenied naming the file.
Result<std::shared_ptr<const storage::Stores>> OpenStores(const std::string& config_file,
                                                          const config::Config& config);

}  // namespace sluice::apps
