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
/// Errors: kInvalidArgument where neither names an account, or both name different ones.
Result<AzureAccount> AccountOf(const Location& location, const AzureOptions& options);

/// Whether tokens of Entra ID may go there: to storage hosts of Azure's clouds, to those under
/// `suffix`, and within this machine. A location may come from elsewhere, and a token opens more
/// than the place that it names.
bool TakesTokens(const AzureAccount& account, std::string_view suffix);

/// "name.dfs.core.windows.net": what engines call the account; empty where its URL is none of a
/// cloud (an emulator's).
std::string DfsHost(const AzureAccount& account);

}  // namespace sluice::storage
