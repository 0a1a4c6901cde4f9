#include "storage/azure/azure_urls.h"

#include <algorithm>

#include "base/clock.h"
#include "base/plain_text.h"
#include "base/uri.h"
#include "storage/azure/blob_dialect.h"

namespace sluice::storage {
namespace {

/// A SAS's times are whole seconds, and it may end with the key that signs it.
std::int64_t EndOf(std::int64_t asked, std::int64_t key_end) {
  const std::int64_t end = std::min(asked, key_end);
  return end - end % 1000;
}

AzureAccount AsReached(AzureAccount account, const std::string& endpoint) {
  if (!endpoint.empty()) account.url = endpoint;
  return account;
}

/// When a given SAS ends; one with a stored policy does not say.
std::int64_t EndOfSas(std::string_view sas) {
  const auto text = SasParameter(sas, "se");
  return text.empty() ? kNever : ParseTimestamp(text).value_or(kNever);
}

}  // namespace

AzureUrls::AzureUrls(std::shared_ptr<const UrlBasis> basis, Location folder, SigningScope scope)
    : UrlSigner(std::move(scope)),
      basis_(std::move(basis)),
      folder_(std::move(folder)),
      usable_(Prepare()) {}

Status AzureUrls::Prepare() {
  Location root = folder_;
  if (!scope().root.empty()) {
    SLUICE_TRY(root, ParseLocation(scope().root));
    const bool here = root.kind == StoreKind::kAzure &&
                      (root.account.empty() || root.account == basis_->account.name);
    if (!here) {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is not in the account '{}'", scope().root,
                  basis_->account.name);
    }
  }
  const std::string folder = FolderPrefix(root.folder);
  before_key_ = ContainerUrl(basis_->account, root.bucket) + "/" + PercentEncode(folder, true);
  if (!basis_->key) return {};
  SasGrant grant;
  grant.expires_at_ms = scope().expires_at_ms;
  grant.https_only = basis_->account.IsHttps();
  signer_.emplace(basis_->key->value, grant, root.bucket + "/" + folder);
  return {};
}

Status AzureUrls::AppendUrl(std::string_view key, std::string* out) const {
  SLUICE_RETURN_IF_ERROR(usable_);
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  if (HasControls(key)) {
    return Fail(ErrorKind::kInvalidArgument, "a URL of a name with control characters");
  }
  out->append(before_key_);
  AppendPercentEncoded(key, true, out);
  if (signer_) {
    *out += '?';
    signer_->Append(key, out);
  } else if (!basis_->query.empty()) {
    out->append("?").append(basis_->query);
  }
  return {};
}

std::unique_ptr<const UrlSigner> AzureUrls::AtRoot(std::string root) const {
  SigningScope other = scope();
  other.root = std::move(root);
  return std::make_unique<AzureUrls>(basis_, folder_, std::move(other));
}

AzureUrlSource::AzureUrlSource(std::shared_ptr<const BlobService> service,
                               std::shared_ptr<const SasKeys> keys, Location folder,
                               const AzureOptions& options)
    : service_(std::move(service)),
      keys_(std::move(keys)),
      folder_(std::move(folder)),
      account_(AsReached(service_->account(), options.public_endpoint)),
      share_sas_(options.share_sas) {}

Result<std::unique_ptr<const UrlSigner>> AzureUrlSource::SignerFor(SigningScope scope) const {
  auto basis = std::make_shared<UrlBasis>();
  basis->account = account_;
  const auto* const given = std::get_if<GivenSas>(&service_->credential());
  if (given != nullptr) {
    if (!share_sas_) {
      return Fail(ErrorKind::kUnsupported,
                  "{}: the account is read with a SAS, and recipients would get that same SAS; the "
                  "option shareSas: true allows it",
                  folder_.Text());
    }
    basis->query = given->text;
    scope.expires_at_ms = EndOf(scope.expires_at_ms, EndOfSas(given->text));
  } else if (!std::holds_alternative<Anonymous>(service_->credential())) {
    SLUICE_TRY(const auto key, keys_->Get());
    basis->key = *key;
    scope.expires_at_ms = EndOf(scope.expires_at_ms, key->expires_at_ms);
  }
  return std::make_unique<AzureUrls>(std::move(basis), folder_, std::move(scope));
}

}  // namespace sluice::storage
