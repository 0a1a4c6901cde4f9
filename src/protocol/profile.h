// Profile files: how a recipient reaches a server ("Profile File Format" of the protocol).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/types.h"

namespace sluice::protocol {

struct Profile {
  int share_credentials_version = 1;
  std::string endpoint;  ///< Without a trailing slash.
  std::string bearer_token;
  std::optional<std::int64_t> expiration_time_ms;
};

/// `json` is the text of a profile file. Errors: kMalformed for what is no JSON object,
/// kInvalidArgument naming the field that is missing or wrong, kUnsupported for a newer version or
/// another type of credential. No message contains the token.
Result<Profile> ParseProfile(std::string_view json);
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
