// What a provider says of an Azure storage account; docs/storage/azure.md explains each option.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/ports.h"

namespace sluice::storage {

/// Who asks. kDefault: what is given by option, else what the machine has.
enum class AzureCredentialKind : std::uint8_t {
  kDefault,
  kAccountKey,
  kSas,
  kClientSecret,
  kWorkloadIdentity,
  kManagedIdentity,
  kAzureCli,
  kAnonymous,
};

struct AzureOptions {
  AzureCredentialKind credential = AzureCredentialKind::kDefault;
  std::string account;
  std::string endpoint;         ///< URL of the account's blob service; empty: made of its host.
  std::string public_endpoint;  ///< As endpoint, in URLs for recipients; empty: the same.
  std::string endpoint_suffix;  ///< "core.windows.net", where a location names no host.
  std::string account_key;      ///< As bytes.
  std::string sas;              ///< Without the '?'.
  std::string tenant_id;
  std::string client_id;
  std::string client_secret;
  std::string federated_token_file;
  std::string authority_host;
  bool share_sas = false;
  std::optional<bool> hierarchical;
  std::string ca_file;
  bool verify_tls = true;
};

/// Errors: kInvalidArgument naming the option and what it may be.
Result<AzureOptions> ReadAzureOptions(const StoreOptions& options);

/// What a connection string says, as the Azure portal gives it.
struct AzureConnection {
  std::string account;
  std::string account_key;  ///< As bytes.
  std::string sas;
  std::string endpoint;
};

/// Errors: kInvalidArgument saying what is wrong, without any of its values.
Result<AzureConnection> ParseConnectionString(std::string_view text);

/// A shared access signature without '?' before it. Errors: kInvalidArgument where it is none.
Result<std::string> CheckSas(std::string_view text);

/// The decoded value of a parameter of a SAS, such as "sp"; empty where it has none.
std::string SasParameter(std::string_view sas, std::string_view name);

/// An account's key as bytes. Errors: kInvalidArgument where it is no Base64.
Result<std::string> DecodeAccountKey(std::string_view text);

}  // namespace sluice::storage
