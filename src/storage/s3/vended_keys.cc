#include "storage/s3/vended_keys.h"

#include <utility>

#include "storage/rest/vended.h"

namespace sluice::storage {
namespace {

class VendedKeys final : public KeySource {
 public:
  explicit VendedKeys(std::shared_ptr<const CredentialVendor> vendor)
      : vendor_(std::move(vendor)) {}

  Result<Expiring<AwsKey>> Fetch() const override {
    SLUICE_TRY(const auto credentials, Vend(*vendor_, StoreKind::kS3));
    Expiring<AwsKey> out;
    SLUICE_TRY(out.value.access_key_id, FieldOf(credentials, "accessKeyId"));
    SLUICE_TRY(out.value.secret_access_key, FieldOf(credentials, "secretAccessKey"));
    SLUICE_TRY(out.value.session_token, FieldOf(credentials, "sessionToken"));
    out.expires_at_ms = credentials.expires_at_ms;
    return out;
  }

 private:
  const std::shared_ptr<const CredentialVendor> vendor_;
};

}  // namespace

KeySourcePtr MakeVendedKeys(std::shared_ptr<const CredentialVendor> vendor) {
  return std::make_shared<const VendedKeys>(std::move(vendor));
}

}  // namespace sluice::storage
