// Who this machine is to Google, and with what it signs.
#pragma once

#include <memory>

#include "storage/gcs/credential_file.h"
#include "storage/gcs/gcs_options.h"
#include "storage/gcs/iam_account.h"

namespace sluice::storage {

struct GcsIdentity {
  std::shared_ptr<const AccessTokens> tokens;  ///< Null: nobody, everything is asked anonymously.
  std::optional<ServiceAccountKey> key;        ///< Signs on this machine.
  std::shared_ptr<const IamAccount> account;   ///< Signs through IAM; null where nobody may.
};

/// Whoever is vended; else by the options, else application default credentials:
/// GOOGLE_APPLICATION_CREDENTIALS, gcloud's file, the metadata server. Reads files, asks nobody.
/// Errors: kInvalidArgument and kUnsupported naming the file and what is wrong with it.
Result<GcsIdentity> FindIdentity(const GcsOptions& options, const Surroundings& here,
                                 std::shared_ptr<const net::HttpClient> http);

}  // namespace sluice::storage
