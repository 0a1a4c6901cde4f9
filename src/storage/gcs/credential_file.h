// Credential files as Google's tools write them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "oauth/signing_key.h"

namespace sluice::storage {

/// "type": "service_account": the key of an account.
struct ServiceAccountKey {
  std::string email;
  std::string key_id;
  std::string token_url;
  std::shared_ptr<const oauth::SigningKey> key;
};

/// "authorized_user": a person who logged in with gcloud.
struct UserCredential {
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  std::string token_url;
};

/// "external_account" whose token of another identity provider lies in a file.
struct ExternalAccount {
  std::string audience;
  std::string subject_token_type;
  std::string token_url;
  std::string file;
  std::string json_field;  ///< The file is JSON, and the token a member of it; empty: all of it.
};

using CredentialSource = std::variant<ServiceAccountKey, UserCredential, ExternalAccount>;

struct CredentialFile {
  CredentialSource source;
  /// What the account acts as ("impersonated_service_account", or an external account): the URL of
  /// that service account in IAM, without a method; empty: itself.
  std::string acts_as_url;
  std::vector<std::string> delegates;  ///< On the way there, as IAM names them.
};

/// Errors: kInvalidArgument for what is no such file, naming the member; kUnsupported naming a type
/// or source of token that is not read. No message holds a member's value but the type's.
Result<CredentialFile> ParseCredentialFile(std::string_view json);

}  // namespace sluice::storage
