// URLs of objects in an account, signed for recipients.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/azure/sas_keys.h"
#include "storage/ports.h"

namespace sluice::storage {

/// What all signers of one scope share.
struct UrlBasis {
  AzureAccount account;
  std::optional<Expiring<SasKey>> key;  ///< Else every URL has the same query.
  std::string query;                    ///< Empty: none.
};

/// One folder, or `scope.root` instead, a location in the same account as ParseLocation reads it;
/// for any other AppendUrl is kInvalidArgument. So it is for keys with control characters: a line
/// break would let a name pass for other fields of what is signed.
class AzureUrls final : public UrlSigner {
 public:
  AzureUrls(std::shared_ptr<const UrlBasis> basis, Location folder, SigningScope scope);

  Status AppendUrl(std::string_view key, std::string* out) const override;
  std::unique_ptr<const UrlSigner> AtRoot(std::string root) const override;

 private:
  Status Prepare();

  const std::shared_ptr<const UrlBasis> basis_;
  const Location folder_;
  std::string before_key_;
  std::optional<SasSigner> signer_;
  Status usable_;
};

/// By service SAS with the account's key, by user-delegation SAS with an identity, by the given SAS
/// where the provider shares that, without any where the container is public.
class AzureUrlSource final : public UrlSource {
 public:
  /// `options` says what may be shared, and under which endpoint.
  AzureUrlSource(std::shared_ptr<const BlobService> service, std::shared_ptr<const SasKeys> keys,
                 Location folder, const AzureOptions& options);

  Result<std::unique_ptr<const UrlSigner>> SignerFor(SigningScope scope) const override;

 private:
  const std::shared_ptr<const BlobService> service_;
  const std::shared_ptr<const SasKeys> keys_;
  const Location folder_;
  const AzureAccount account_;  ///< As recipients reach it.
  const bool share_sas_;
};

}  // namespace sluice::storage
