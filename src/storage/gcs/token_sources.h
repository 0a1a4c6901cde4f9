// How an access token is got for each kind of credential.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "storage/gcs/access_tokens.h"
#include "storage/gcs/credential_file.h"
#include "storage/ports.h"

namespace sluice::storage {

/// A token for whoever the credential is, itself. Errors: kPermissionDenied and kUnavailable naming
/// the endpoint and what it said; kInvalidArgument for an external account's file.
AccessTokens::Fetch FetchFrom(CredentialSource source, std::shared_ptr<const net::HttpClient> http,
                              const Clock& clock);

/// The metadata server of a machine at Google, at GCE_METADATA_HOST or its fixed address. Copies
/// share one state. Thread-safe.
class MetadataServer {
 public:
  /// `tried` is where credentials were looked for before, for the error.
  MetadataServer(const Surroundings& here, std::vector<std::string> tried);

  /// Errors: kPermissionDenied where nobody answered yet, naming all places that were tried (told
  /// again without asking for some seconds); else kUnavailable.
  Result<AccessTokens::Token> FetchToken() const;
  /// The e-mail address of the machine's service account.
  Result<std::string> FetchEmail() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::storage
