// What the SAS of one account are signed with.
#pragma once

#include <memory>

#include "base/renewing.h"
#include "storage/azure/blob_service.h"
#include "storage/azure/sas.h"
#include "storage/rest/rest_client.h"

namespace sluice::storage {

/// The account's own key, which has no end, or one that the store delegates to whoever asks with
/// tokens, good for a week and renewed halfway. Thread-safe.
class SasKeys {
 public:
  SasKeys(std::shared_ptr<const BlobService> service, std::shared_ptr<const RestClient> client);

  /// Errors: kUnsupported where neither is at hand; those of the store where it gives none.
  Result<Renewing<SasKey>::Ptr> Get() const { return keys_.Get(); }

 private:
  const Renewing<SasKey> keys_;
};

/// Reads the store's answer to the request for such a key. Errors: kCorrupt.
Result<Expiring<SasKey>> ReadDelegationKey(std::string_view account, std::string_view body);

}  // namespace sluice::storage
