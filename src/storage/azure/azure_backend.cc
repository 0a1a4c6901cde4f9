#include "storage/azure/azure_backend.h"

#include <map>
#include <mutex>
#include <utility>

#include "storage/azure/azure_urls.h"
#include "storage/azure/azure_vendor.h"
#include "storage/azure/blob_dialect.h"
#include "storage/azure/credential.h"
#include "storage/rest/rest_store.h"
#include "storage/rest/vended.h"

namespace sluice::storage {
namespace {

/// What folders of one account share.
struct OpenAccount {
  std::shared_ptr<const BlobService> service;
  std::shared_ptr<const SasKeys> keys;
  std::shared_ptr<const Hierarchy> hierarchy;
};

class AzureBackend final : public Backend {
 public:
  AzureBackend(AzureOptions options, AzureEnvironment environment, AzureCredential otherwise,
               std::shared_ptr<const net::HttpClient> http, const Clock& clock)
      : options_(std::move(options)),
        environment_(std::move(environment)),
        otherwise_(std::move(otherwise)),
        http_(std::move(http)),
        clock_(clock) {}

  Result<Ports> Open(const Location& location) const override;

 private:
  AzureOptions OptionsFor(const Location& location) const;
  Result<OpenAccount> Find(const AzureAccount& account) const;
  OpenAccount Make(const AzureAccount& account, AzureCredential credential) const;

  const AzureOptions options_;
  const AzureEnvironment environment_;
  const AzureCredential otherwise_;
  const std::shared_ptr<const net::HttpClient> http_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, OpenAccount> accounts_;  ///< By name and URL.
};

/// With what the environment says of this account.
AzureOptions AzureBackend::OptionsFor(const Location& location) const {
  AzureOptions out = options_;
  if (out.account.empty() && location.account.empty()) out.account = environment_.account;
  const std::string& name = location.account.empty() ? out.account : location.account;
  if (out.endpoint.empty() && name == environment_.account) out.endpoint = environment_.endpoint;
  return out;
}

OpenAccount AzureBackend::Make(const AzureAccount& account, AzureCredential credential) const {
  OpenAccount out;
  out.service = std::make_shared<const BlobService>(account, std::move(credential), clock_);
  RestStoreOptions rest;
  rest.dialect = std::make_shared<const BlobDialect>(out.service, "");
  rest.http = http_;
  rest.location.kind = StoreKind::kAzure;
  rest.location.bucket = account.name;
  const auto client = std::make_shared<const RestClient>(std::move(rest));
  out.keys = std::make_shared<const SasKeys>(out.service, client);
  out.hierarchy = std::make_shared<const Hierarchy>(out.service, client, options_.hierarchical);
  return out;
}

Result<OpenAccount> AzureBackend::Find(const AzureAccount& account) const {
  auto credential = ChooseCredential(account, options_, environment_, otherwise_);
  const bool by_tokens = std::holds_alternative<AccessTokens>(credential);
  if (by_tokens && !TakesTokens(account)) {
    return Fail(
        ErrorKind::kInvalidArgument,
        "the option endpoint, '{}', is not encrypted, so no token of Entra ID is sent there: "
        "name it with https://",
        account.url);
  }
  const std::lock_guard lock(mutex_);
  auto& found = accounts_[account.name + " " + account.url];
  if (found.service == nullptr) found = Make(account, std::move(credential));
  return found;
}

Result<Ports> AzureBackend::Open(const Location& location) const {
  if (location.kind != StoreKind::kAzure) {
    return Fail(ErrorKind::kInvalidArgument, "{} is not in Azure", location.Text());
  }
  SLUICE_TRY(const AzureAccount account, AccountOf(location, OptionsFor(location)));
  SLUICE_TRY(const OpenAccount open, Find(account));
  RestStoreOptions rest;
  rest.dialect = std::make_shared<const BlobDialect>(open.service, location.bucket);
  rest.http = http_;
  rest.location = location;
  rest.location.account = account.name;
  if (rest.location.host.empty()) rest.location.host = DfsHost(account);
  Ports out;
  out.urls =
      std::make_shared<const AzureUrlSource>(open.service, open.keys, rest.location, options_);
  const auto& credential = open.service->credential();
  if (std::holds_alternative<AccountKey>(credential) ||
      std::holds_alternative<AccessTokens>(credential)) {
    out.credentials = std::make_shared<const AzureCredentialVendor>(open.service, open.keys,
                                                                    open.hierarchy, rest.location);
  }
  out.objects = MakeRestStore(std::move(rest));
  return out;
}

}  // namespace

Result<std::shared_ptr<const Backend>> MakeAzure(const StoreOptions& options,
                                                 const Surroundings& here) {
  if (here.vended != nullptr) {
    SLUICE_RETURN_IF_ERROR(CheckOnlyVended(
        options,
        {"anonymous", "credential", "accountKey", "sasToken", "connectionString", "clientSecret"}));
  }
  SLUICE_TRY(AzureOptions read, ReadAzureOptions(options));
  auto http =
      std::make_shared<const net::HttpClient>(ReachedFrom(here, read.ca_file, read.verify_tls));
  if (here.vended != nullptr) {
    return std::make_shared<const AzureBackend>(std::move(read), AzureEnvironment(),
                                                VendedSasOf(here), std::move(http), *here.clock);
  }
  SLUICE_TRY(AzureEnvironment environment, ReadAzureEnvironment(here));
  TokenPlace place;
  place.options = read;
  place.here = here;
  place.http = std::move(http);
  place.local = LocalClient();
  SLUICE_TRY(auto tokens, MakeTokens(place));
  return std::make_shared<const AzureBackend>(std::move(read), std::move(environment),
                                              std::move(tokens), place.http, *here.clock);
}

}  // namespace sluice::storage
