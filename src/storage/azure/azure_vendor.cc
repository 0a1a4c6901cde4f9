#include "storage/azure/azure_vendor.h"

#include <algorithm>

#include "base/clock.h"

namespace sluice::storage {
namespace {

Result<Expiring<bool>> AskHierarchy(const BlobService& service, const RestClient& client) {
  net::HttpRequest request;
  request.url = service.account().url + "/?restype=account&comp=properties";
  const auto answer = client.Send(request, "");
  if (!answer) {
    return Fail(
        answer.error().At("asking whether the account has a hierarchical namespace, which "
                          "the option hierarchical can say"));
  }
  return Expiring<bool>{answer->Get("x-ms-is-hns-enabled") == "true", kNever};
}

}  // namespace

Hierarchy::Hierarchy(std::shared_ptr<const BlobService> service,
                     std::shared_ptr<const RestClient> client, std::optional<bool> known)
    : answer_([service = std::move(service), client = std::move(client),
               known]() -> Result<Expiring<bool>> {
        if (known) return Expiring<bool>{*known, kNever};
        return AskHierarchy(*service, *client);
      }) {}

Result<bool> Hierarchy::Get() const {
  SLUICE_TRY(const auto answer, answer_.Get());
  return answer->value;
}

AzureCredentialVendor::AzureCredentialVendor(std::shared_ptr<const BlobService> service,
                                             std::shared_ptr<const SasKeys> keys,
                                             std::shared_ptr<const Hierarchy> hierarchy,
                                             Location folder)
    : service_(std::move(service)),
      keys_(std::move(keys)),
      hierarchy_(std::move(hierarchy)),
      folder_(std::move(folder)) {}

Result<TemporaryCredentials> AzureCredentialVendor::Vend(std::int64_t validity_ms) const {
  SasGrant grant;
  grant.permissions = "rl";
  grant.resource = folder_.folder.empty() ? 'c' : 'd';
  if (grant.resource == 'd') {
    SLUICE_TRY(const bool hierarchical, hierarchy_->Get());
    if (!hierarchical) {
      return Fail(ErrorKind::kUnsupported,
                  "{}: the account has no hierarchical namespace, so a SAS would open the whole "
                  "container; only URLs of single files can be given",
                  folder_.Text());
    }
    grant.depth =
        1 + static_cast<int>(std::count(folder_.folder.begin(), folder_.folder.end(), '/'));
  }
  SLUICE_TRY(const auto key, keys_->Get());
  const std::int64_t end = std::min(service_->NowMillis() + validity_ms, key->expires_at_ms);
  grant.expires_at_ms = end - end % 1000;
  grant.https_only = service_->account().IsHttps();
  TemporaryCredentials out;
  out.kind = StoreKind::kAzure;
  out.location = folder_.Text();
  out.expires_at_ms = grant.expires_at_ms;
  const std::string path =
      folder_.folder.empty() ? folder_.bucket : folder_.bucket + "/" + folder_.folder;
  SasSigner(key->value, grant, path).Append("", &out.fields["sasToken"]);
  return out;
}

}  // namespace sluice::storage
