// SAS that open one folder to recipients who read it themselves.
#pragma once

#include <memory>

#include "storage/azure/sas_keys.h"
#include "storage/ports.h"
#include "storage/rest/rest_client.h"

namespace sluice::storage {

/// Whether an account has real folders (a hierarchical namespace), which alone a SAS can open one
/// of. Asked once, unless an option says it. Thread-safe.
class Hierarchy {
 public:
  Hierarchy(std::shared_ptr<const BlobService> service, std::shared_ptr<const RestClient> client,
            std::optional<bool> known);

  Result<bool> Get() const;

 private:
  const Renewing<bool> answer_;
};

/// To read and list, signed as URLs are. A whole container is opened in any account, a folder of
/// one only where folders are real: elsewhere it is kUnsupported, for the SAS that would do opens
/// the container.
class AzureCredentialVendor final : public CredentialVendor {
 public:
  AzureCredentialVendor(std::shared_ptr<const BlobService> service,
                        std::shared_ptr<const SasKeys> keys,
                        std::shared_ptr<const Hierarchy> hierarchy, Location folder);

  Result<TemporaryCredentials> Vend(std::int64_t validity_ms) const override;

 private:
  const std::shared_ptr<const BlobService> service_;
  const std::shared_ptr<const SasKeys> keys_;
  const std::shared_ptr<const Hierarchy> hierarchy_;
  const Location folder_;
};

}  // namespace sluice::storage
