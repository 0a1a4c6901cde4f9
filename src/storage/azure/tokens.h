// Access tokens of Entra ID for storage, from whatever the machine has.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/renewing.h"
#include "net/http_client.h"
#include "storage/azure/azure_options.h"

namespace sluice::storage {

/// What all sources of tokens look at. Copies share clients.
struct TokenPlace {
  AzureOptions options;
  Surroundings here;
  std::shared_ptr<const net::HttpClient> http;   ///< To Entra ID.
  std::shared_ptr<const net::HttpClient> local;  ///< To services of this machine, past proxies.
};

/// Gets a new token. Errors: kPermissionDenied, kUnavailable and kTimeout of whoever gives them.
using TokenFetch = Renewing<std::string>::Fetch;

/// Each source: whether it is set up here, by option or by the variable that Azure's own libraries
/// read, and then how to get tokens. Errors: kUnauthenticated saying what is missing,
/// kInvalidArgument for a setting that cannot be.
Result<TokenFetch> ClientSecretTokens(const TokenPlace& place);
/// A token of the platform (Kubernetes) in a file, exchanged. The file is read each time.
Result<TokenFetch> WorkloadTokens(const TokenPlace& place);
/// Of App Service where its variables are set, else of the virtual machine's metadata service.
Result<TokenFetch> ManagedIdentityTokens(const TokenPlace& place);
/// Of whoever is logged in to the program `az`. Errors when it fails are kUnauthenticated too.
Result<TokenFetch> AzureCliTokens(const TokenPlace& place);

/// The first of these four that is set up and gives a token, and from then on only that one. What
/// is set up and refused ends the search. When none gives any: kPermissionDenied naming all with
/// their reasons.
TokenFetch ChainedTokens(TokenPlace place);

/// A service of the machine that must not be asked through a proxy, and that answers at once.
std::shared_ptr<const net::HttpClient> LocalClient();

}  // namespace sluice::storage
