// Requests signed with an account's key ("Shared Key").
#pragma once

#include <string>

#include "base/hash.h"
#include "net/http_client.h"

namespace sluice::storage {

struct AccountKey {
  std::string account;
  HmacKey key;
};

/// What is signed of a request, which has its x-ms-date and all other headers.
std::string SharedKeyText(const net::HttpRequest& request, std::string_view account);

/// Adds the header Authorization.
void SignRequest(const AccountKey& key, net::HttpRequest* request);

}  // namespace sluice::storage
