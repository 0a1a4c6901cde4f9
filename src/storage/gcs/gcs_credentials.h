// Tokens for recipients that read one folder and nothing else.
#pragma once

#include <memory>

#include "net/http_client.h"
#include "storage/gcs/access_tokens.h"
#include "storage/ports.h"

namespace sluice::storage {

struct GcsVendorOptions {
  Location location;
  std::string sts_endpoint;
  std::shared_ptr<const AccessTokens> tokens;
  std::shared_ptr<const net::HttpClient> http;
};

/// Exchanges the token at hand for one with a credential access boundary. Such a token ends when
/// the one at hand does, which is got anew where less than the validity, or half an hour, is left
/// of it: Google gives no shorter ones.
std::shared_ptr<const CredentialVendor> MakeGcsVendor(GcsVendorOptions options,
                                                      const Clock& clock = SystemClock());

}  // namespace sluice::storage
