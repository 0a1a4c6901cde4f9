// Profile files: how a recipient reaches a server ("Profile File Format" of the protocol, and the
// types of credentials that the official clients read beyond it).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "protocol/types.h"

namespace sluice::protocol {

/// "bearer_token", and every profile of version 1.
struct BearerToken {
  std::string token;
  bool operator==(const BearerToken&) const = default;
};

/// "oauth_client_credentials": a token is asked for with the client's secret.
struct ClientCredentials {
  std::string token_endpoint;  ///< Without a trailing slash.
  std::string client_id;
  std::string client_secret;
  std::string scope;  ///< Empty: none.
  bool operator==(const ClientCredentials&) const = default;
};

/// "oauth_jwt_bearer_private_key_jwt": a token is asked for with a JSON Web Token that the client
/// signs.
struct PrivateKeyJwt {
  std::string token_endpoint;  ///< Without a trailing slash.
  std::string issuer;          ///< Of tokens: whom the signed token is for.
  std::string client_id;
  std::string audience;  ///< The resource that a token is for; empty: not told.
  std::string scope;     ///< Empty: none.
  std::string private_key_file;
  std::string key_id;  ///< Empty: not told.
  std::string algorithm = "RS256";
  bool operator==(const PrivateKeyJwt&) const = default;
};

/// "basic": HTTP Basic.
struct UserAndPassword {
  std::string username;  ///< Without a colon.
  std::string password;
  bool operator==(const UserAndPassword&) const = default;
};

using Credential = std::variant<BearerToken, ClientCredentials, PrivateKeyJwt, UserAndPassword>;

struct Profile {
  int share_credentials_version = 1;
  std::string endpoint;  ///< Without a trailing slash.
  Credential credential;
  std::optional<std::int64_t> expiration_time_ms = {};  ///< Of a bearer token.
};

/// `json` is the text of a profile file. Errors: kMalformed for what is no JSON object,
/// kInvalidArgument naming the field that is missing or wrong, kUnsupported for a newer version or
/// another type of credential. No message contains a value but that of the type.
Result<Profile> ParseProfile(std::string_view json);
/// What ParseProfile reads as the same profile; credentials other than bearer tokens make it one of
/// version 2.
std::string FormatProfile(const Profile& profile);

/// Splits "path#share.schema.table" at its last '#'. Errors: kInvalidArgument.
struct TableUrl {
  std::string profile;
  TableName table;
};
Result<TableUrl> ParseTableUrl(std::string_view url);
/// "share.schema.table". The share may hold dots; schema and table may not.
Result<TableName> ParseTableName(std::string_view text);

}  // namespace sluice::protocol
