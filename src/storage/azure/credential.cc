#include "storage/azure/credential.h"

#include "base/ascii.h"
#include "storage/rest/vended.h"

namespace sluice::storage {
namespace {

using Kind = AzureCredentialKind;

Result<TokenFetch> FindTokens(const TokenPlace& place) {
  switch (place.options.credential) {
    case Kind::kClientSecret:
      return ClientSecretTokens(place);
    case Kind::kWorkloadIdentity:
      return WorkloadTokens(place);
    case Kind::kManagedIdentity:
      return ManagedIdentityTokens(place);
    case Kind::kAzureCli:
      return AzureCliTokens(place);
    default:
      break;
  }
  if (!place.options.client_secret.empty()) return ClientSecretTokens(place);
  if (!place.options.federated_token_file.empty()) return WorkloadTokens(place);
  return ChainedTokens(place);
}

/// "Who are you" is what this program asks its own callers; here others say no to it.
tl::unexpected<Error> As(ErrorKind kind, Error error) {
  if (error.kind == ErrorKind::kUnauthenticated) error.kind = kind;
  return Fail(std::move(error));
}

}  // namespace

Result<AzureEnvironment> ReadAzureEnvironment(const Surroundings& here) {
  AzureEnvironment out;
  if (const auto text = here.variable("AZURE_STORAGE_CONNECTION_STRING"); !text.empty()) {
    auto connection = ParseConnectionString(text);
    if (!connection) return Fail(connection.error().At("AZURE_STORAGE_CONNECTION_STRING"));
    out.account = connection->account;
    out.account_key = connection->account_key;
    out.sas = connection->sas;
    out.endpoint = connection->endpoint;
    return out;
  }
  out.account = ToLower(here.variable("AZURE_STORAGE_ACCOUNT"));
  if (const auto text = here.variable("AZURE_STORAGE_KEY"); !text.empty()) {
    auto key = DecodeAccountKey(text);
    if (!key) return Fail(key.error().At("AZURE_STORAGE_KEY"));
    out.account_key = *std::move(key);
  }
  if (const auto text = here.variable("AZURE_STORAGE_SAS_TOKEN"); !text.empty()) {
    auto sas = CheckSas(text);
    if (!sas) return Fail(sas.error().At("AZURE_STORAGE_SAS_TOKEN"));
    out.sas = *std::move(sas);
  }
  return out;
}

Result<AccessTokens> MakeTokens(const TokenPlace& place) {
  auto found = FindTokens(place);
  if (!found) return As(ErrorKind::kInvalidArgument, found.error());
  auto fetch = [found = *std::move(found)]() -> Result<Expiring<std::string>> {
    auto token = found();
    if (!token) return As(ErrorKind::kPermissionDenied, token.error());
    return token;
  };
  return std::make_shared<const Renewing<std::string>>(std::move(fetch), *place.here.clock);
}

VendedSas VendedSasOf(const Surroundings& here) {
  auto fetch = [given = VendedText(here.vended, StoreKind::kAzure,
                                   "sasToken")]() -> Result<Expiring<std::string>> {
    SLUICE_TRY(auto sas, given());
    SLUICE_TRY(sas.value, CheckSas(sas.value));
    return sas;
  };
  return {std::make_shared<const Renewing<std::string>>(std::move(fetch), *here.clock)};
}

AzureCredential ChooseCredential(const AzureAccount& account, const AzureOptions& options,
                                 const AzureEnvironment& environment, AzureCredential otherwise) {
  if (options.credential == Kind::kAnonymous) return Anonymous{};
  if (!options.account_key.empty()) return AccountKey{account.name, HmacKey(options.account_key)};
  if (!options.sas.empty()) return GivenSas{options.sas};
  const bool by_environment = options.credential == Kind::kDefault &&
                              options.client_secret.empty() &&
                              options.federated_token_file.empty() &&
                              (environment.account.empty() || environment.account == account.name);
  if (by_environment && !environment.account_key.empty()) {
    return AccountKey{account.name, HmacKey(environment.account_key)};
  }
  if (by_environment && !environment.sas.empty()) return GivenSas{environment.sas};
  return otherwise;
}

}  // namespace sluice::storage
