// Hadoop's configuration (core-site.xml), with which the reference server reaches stores: what of
// it names stores and credentials, as rules of ours. Keys: the documentation of hadoop-aws,
// hadoop-azure and the Cloud Storage connector.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/registry/stores.h"

namespace sluice::storage {

/// Keys about other things are passed over; of the keys below fs.s3a., fs.azure. and fs.gs. that
/// have no counterpart, too, as Hadoop does. `name` is the file's. Errors: kCorrupt for what is no
/// such file; kUnsupported naming a key whose credentials cannot be used (a key store, a custom
/// class), for without them the table would be refused later and less clearly.
Result<std::vector<StoreRule>> ReadHadoopRules(std::string_view xml, std::string_view name);

/// `over` on top of `base`: where both have a rule for a prefix, its options win one by one.
std::vector<StoreRule> MergeRules(std::vector<StoreRule> base, std::vector<StoreRule> over);

}  // namespace sluice::storage
