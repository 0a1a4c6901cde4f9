// Who asks a storage account: what options say, else what the machine has.
#pragma once

#include <memory>

#include "storage/azure/blob_service.h"
#include "storage/azure/tokens.h"

namespace sluice::storage {

/// The variables of the machine that name an account and open it. Those of another account are not
/// meant.
struct AzureEnvironment {
  std::string account;
  std::string account_key;  ///< As bytes.
  std::string sas;
  std::string endpoint;
};

/// AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with _KEY or _SAS_TOKEN. Errors:
/// kInvalidArgument naming the variable.
Result<AzureEnvironment> ReadAzureEnvironment(const Surroundings& here);

/// Tokens of a machine or an application, for all accounts. Which, the options say. Errors: of the
/// sources, when it is clear already that they cannot be had.
Result<AccessTokens> MakeTokens(const TokenPlace& place);

/// Signatures of the vendor of these surroundings.
VendedSas VendedSasOf(const Surroundings& here);

/// What is given by option; else by the environment for this account; else `otherwise`.
AzureCredential ChooseCredential(const AzureAccount& account, const AzureOptions& options,
                                 const AzureEnvironment& environment, AzureCredential otherwise);

}  // namespace sluice::storage
