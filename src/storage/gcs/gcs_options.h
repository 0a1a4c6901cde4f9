// The options of Google Cloud Storage, read once.
#pragma once

#include <string>
#include <string_view>

#include "storage/ports.h"

namespace sluice::storage {

inline constexpr std::string_view kGcsEndpoint = "https://storage.googleapis.com";

/// docs/storage/gcs.md says what each is for.
struct GcsOptions {
  std::string endpoint;         ///< Without a slash at its end.
  std::string public_endpoint;  ///< As recipients reach it.
  bool anonymous = false;       ///< Ask without credentials, make URLs without signatures.
  std::string credentials;  ///< A credential file's JSON; empty: the machine's own are looked for.
  std::string impersonate;  ///< The service account to act as; empty: none.
  std::string user_project;
  std::string hmac_key_id;  ///< Of the key that signs URLs; empty: another way is taken.
  std::string hmac_secret;
  std::string ca_file;
  bool verify_tls = true;
  std::string iam_endpoint;  ///< Of the IAM Service Account Credentials API.
  std::string sts_endpoint;  ///< Of the Security Token Service.
};

/// Also reads STORAGE_EMULATOR_HOST, which stands for an endpoint without credentials.
/// Errors: kInvalidArgument naming the option and what it may be.
Result<GcsOptions> ParseGcsOptions(const StoreOptions& options, const Surroundings& here);

}  // namespace sluice::storage
