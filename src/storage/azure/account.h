// A storage account: where its blob service answers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/azure/azure_options.h"
#include "storage/location.h"

namespace sluice::storage {

struct AzureAccount {
  std::string name;
  std::string url;  ///< "https://name.blob.core.windows.net", without a slash at its end.

  bool IsHttps() const { return url.starts_with("https:"); }
};

/// The account of a location, by the location's host, or by options where it has none or they name
/// an endpoint. Both hosts of an account serve the same objects; reading goes to the blob one.
///
/// A location may come from elsewhere, as an admin's request over the network or a server's answer
/// does. So its host is one of Azure's clouds, or under the option endpointSuffix, unless the
/// option endpoint names another in its place: nobody leads requests and credentials to a place of
/// his own.
///
/// Errors: kInvalidArgument where neither names an account, both name different ones, or the host
/// is none of a cloud.
Result<AzureAccount> AccountOf(const Location& location, const AzureOptions& options);

/// Whether tokens of Entra ID may go there: not unencrypted beyond this machine.
bool TakesTokens(const AzureAccount& account);

/// "name.dfs.core.windows.net": what engines call the account; empty where its URL is none of a
/// cloud (an emulator's).
std::string DfsHost(const AzureAccount& account);

}  // namespace sluice::storage
