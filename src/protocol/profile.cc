#include "protocol/profile.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/uri.h"
#include "protocol/json_fields.h"

namespace sluice::protocol {
namespace {

constexpr std::size_t kMaxProfileBytes = std::size_t{1} << 20;

Status CheckEndpoint(std::string_view endpoint) {
  auto uri = ParseUri(endpoint);
  if (!uri) {
    return Fail(ErrorKind::kInvalidArgument, "field 'endpoint': {}", uri.error().message);
  }
  if ((uri->scheme != "https" && uri->scheme != "http") || uri->host.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "field 'endpoint' must be a URL such as https://host/delta-sharing");
  }
  if (!uri->query.empty() || endpoint.find('#') != std::string_view::npos) {
    return Fail(ErrorKind::kInvalidArgument, "field 'endpoint' must end with its path");
  }
  return {};
}

Status CheckToken(std::string_view token) {
  if (token.empty()) return Fail(ErrorKind::kInvalidArgument, "field 'bearerToken' is empty");
  for (const char c : token) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
      return Fail(ErrorKind::kInvalidArgument,
                  "field 'bearerToken' holds a space or a character that is no printable ASCII");
    }
  }
  return {};
}

Status CheckCredential(int version, const JsonFields& fields) {
  if (version == 1) return {};
  if (version != 2) {
    return Fail(ErrorKind::kUnsupported,
                "field 'shareCredentialsVersion' is {}; this program reads versions 1 and 2",
                version);
  }
  SLUICE_TRY(const auto type, fields.String("type"));
  if (type == "bearer_token") return {};
  for (const std::string_view known :
       {"oauth_client_credentials", "oauth_jwt_bearer_private_key_jwt", "basic"}) {
    if (type == known) {
      return Fail(ErrorKind::kUnsupported,
                  "field 'type' is {}; this program reads profiles with bearer tokens only", known);
    }
  }
  return Fail(ErrorKind::kUnsupported,
              "field 'type' names a credential that this program does not know");
}

Result<Profile> ReadProfile(const JsonFields& fields) {
  Profile profile;
  SLUICE_TRY(const auto version, fields.Int("shareCredentialsVersion"));
  if (version < 1 || version > 1'000'000) {
    return Fail(ErrorKind::kInvalidArgument, "field 'shareCredentialsVersion' must be 1 or more");
  }
  profile.share_credentials_version = static_cast<int>(version);
  SLUICE_RETURN_IF_ERROR(CheckCredential(profile.share_credentials_version, fields));
  SLUICE_TRY(auto endpoint, fields.String("endpoint"));
  SLUICE_RETURN_IF_ERROR(CheckEndpoint(endpoint));
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  profile.endpoint = endpoint;
  SLUICE_TRY(const auto token, fields.String("bearerToken"));
  SLUICE_RETURN_IF_ERROR(CheckToken(token));
  profile.bearer_token = token;
  SLUICE_TRY(const auto expiration, fields.OptionalString("expirationTime"));
  if (expiration && !expiration->empty()) {
    auto millis = ParseTimestamp(*expiration);
    if (!millis) return Fail(millis.error().At("field 'expirationTime'"));
    profile.expiration_time_ms = *millis;
  }
  return profile;
}

}  // namespace

Result<Profile> ParseProfile(std::string_view json) {
  if (json.size() > kMaxProfileBytes) {
    return Fail(ErrorKind::kMalformed, "a profile must not exceed {} bytes", kMaxProfileBytes);
  }
  JsonParser parser;
  auto object = parser.ParseObject(json);
  if (!object) return Fail(object.error().At("profile"));
  auto profile = ReadProfile(JsonFields(*object, ErrorKind::kInvalidArgument));
  if (!profile) return Fail(profile.error().At("profile"));
  return profile;
}

std::string FormatProfile(const Profile& profile) {
  std::string out = "{\n  \"shareCredentialsVersion\": ";
  out += std::to_string(profile.share_credentials_version);
  if (profile.share_credentials_version == 2) out += ",\n  \"type\": \"bearer_token\"";
  out += ",\n  \"endpoint\": ";
  AppendJsonString(profile.endpoint, &out);
  out += ",\n  \"bearerToken\": ";
  AppendJsonString(profile.bearer_token, &out);
  if (profile.expiration_time_ms) {
    out += ",\n  \"expirationTime\": ";
    AppendJsonString(FormatTimestamp(*profile.expiration_time_ms), &out);
  }
  out += "\n}\n";
  return out;
}

Result<TableName> ParseTableName(std::string_view text) {
  const std::size_t last = text.rfind('.');
  const std::size_t middle =
      last == std::string_view::npos || last == 0 ? last : text.rfind('.', last - 1);
  TableName name;
  if (last != std::string_view::npos && middle != std::string_view::npos && middle < last) {
    name.share = text.substr(0, middle);
    name.schema = text.substr(middle + 1, last - middle - 1);
    name.table = text.substr(last + 1);
  }
  if (name.share.empty() || name.schema.empty() || name.table.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is not of the form share.schema.table",
                Printable(text, 800));
  }
  return name;
}

Result<TableUrl> ParseTableUrl(std::string_view url) {
  const std::size_t hash = url.rfind('#');
  if (hash == std::string_view::npos || hash == 0) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is not of the form profile#share.schema.table",
                Printable(url, 800));
  }
  TableUrl out;
  out.profile = url.substr(0, hash);
  SLUICE_TRY(out.table, ParseTableName(url.substr(hash + 1)));
  return out;
}

}  // namespace sluice::protocol
