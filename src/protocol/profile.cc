#include "protocol/profile.h"

#include <iterator>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/plain_text.h"
#include "base/uri.h"
#include "protocol/json_fields.h"

namespace sluice::protocol {
namespace {

constexpr std::size_t kMaxProfileBytes = std::size_t{1} << 20;

tl::unexpected<Error> Wrong(std::string_view field, std::string_view what) {
  return Fail(ErrorKind::kInvalidArgument, "field '{}' {}", field, what);
}

/// A URL without its trailing slashes, with which the official clients do not ask either.
Result<std::string> Url(const JsonFields& fields, std::string_view field) {
  SLUICE_TRY(std::string_view url, fields.String(field));
  const auto uri = ParseUri(url);
  if (!uri) return Wrong(field, "is no URL: " + uri.error().message);
  if ((uri->scheme != "https" && uri->scheme != "http") || uri->host.empty()) {
    return Wrong(field, "must be a URL such as https://host/path");
  }
  if (url.find('#') != std::string_view::npos) return Wrong(field, "must be a URL without '#'");
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

Result<std::string> Endpoint(const JsonFields& fields) {
  SLUICE_TRY(auto url, Url(fields, "endpoint"));
  if (url.find('?') != std::string::npos) return Wrong("endpoint", "must end with its path");
  return url;
}

Result<std::string> Text(const JsonFields& fields, std::string_view field) {
  SLUICE_TRY(const auto text, fields.String(field));
  if (text.empty()) return Wrong(field, "is empty");
  return std::string(text);
}

Result<std::string> OptionalText(const JsonFields& fields, std::string_view field,
                                 std::string_view otherwise = "") {
  SLUICE_TRY(const auto text, fields.OptionalString(field));
  return std::string(text && !text->empty() ? *text : otherwise);
}

/// A part of what HTTP Basic sends.
Result<std::string> LoginText(const JsonFields& fields, std::string_view field) {
  SLUICE_TRY(const auto text, fields.String(field));
  if (HasControls(text)) return Wrong(field, "holds a control character");
  return std::string(text);
}

Result<Credential> ReadBearerToken(const JsonFields& fields) {
  BearerToken out;
  SLUICE_TRY(out.token, Text(fields, "bearerToken"));
  for (const char c : out.token) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
      return Wrong("bearerToken", "holds a space or a character that is no printable ASCII");
    }
  }
  return out;
}

Result<Credential> ReadClientCredentials(const JsonFields& fields) {
  ClientCredentials out;
  SLUICE_TRY(out.token_endpoint, Url(fields, "tokenEndpoint"));
  SLUICE_TRY(out.client_id, Text(fields, "clientId"));
  SLUICE_TRY(out.client_secret, Text(fields, "clientSecret"));
  SLUICE_TRY(out.scope, OptionalText(fields, "scope"));
  return out;
}

Status ReadPrivateKey(const JsonFields& fields, PrivateKeyJwt* out) {
  SLUICE_TRY(out->private_key_file, Text(fields, "privateKeyFile"));
  SLUICE_TRY(out->key_id, OptionalText(fields, "keyId"));
  SLUICE_TRY(out->algorithm, OptionalText(fields, "algorithm", "RS256"));
  return {};
}

Result<PrivateKeyJwt> ReadAuth(const JsonFields& fields) {
  PrivateKeyJwt out;
  SLUICE_TRY(out.token_endpoint, Url(fields, "tokenEndpoint"));
  SLUICE_TRY(out.issuer, Text(fields, "issuer"));
  SLUICE_TRY(out.client_id, Text(fields, "clientId"));
  SLUICE_TRY(out.audience, OptionalText(fields, "audience"));
  SLUICE_TRY(out.scope, OptionalText(fields, "scope"));
  SLUICE_TRY(const auto key, fields.Object("privateKey"));
  const auto read = ReadPrivateKey(key, &out);
  if (!read) return Fail(read.error().At("field 'privateKey'"));
  return out;
}

Result<Credential> ReadPrivateKeyJwt(const JsonFields& fields) {
  SLUICE_TRY(const auto auth, fields.Object("auth"));
  auto out = ReadAuth(auth);
  if (!out) return Fail(out.error().At("field 'auth'"));
  return *std::move(out);
}

Result<Credential> ReadUserAndPassword(const JsonFields& fields) {
  UserAndPassword out;
  SLUICE_TRY(out.username, LoginText(fields, "username"));
  SLUICE_TRY(out.password, LoginText(fields, "password"));
  if (out.username.empty()) return Wrong("username", "is empty");
  if (out.username.find(':') != std::string::npos) {
    return Wrong("username", "holds a colon, which HTTP Basic cannot send");
  }
  return out;
}

struct CredentialType {
  std::string_view name;
  Result<Credential> (*read)(const JsonFields& fields);
};

/// In the order of Credential's alternatives.
constexpr CredentialType kTypes[] = {
    {"bearer_token", ReadBearerToken},
    {"oauth_client_credentials", ReadClientCredentials},
    {"oauth_jwt_bearer_private_key_jwt", ReadPrivateKeyJwt},
    {"basic", ReadUserAndPassword},
};
static_assert(std::variant_size_v<Credential> == std::size(kTypes));

Result<const CredentialType*> FindType(const JsonFields& fields, int version) {
  if (version == 1) return &kTypes[0];
  if (version != 2) {
    return Fail(ErrorKind::kUnsupported,
                "field 'shareCredentialsVersion' is {}; this program reads versions 1 and 2",
                version);
  }
  SLUICE_TRY(const auto given, OptionalText(fields, "type", kTypes[0].name));
  std::string known;
  for (const CredentialType& type : kTypes) {
    if (EqualsIgnoreCase(type.name, given)) return &type;
    known += known.empty() ? "" : ", ";
    known += type.name;
  }
  return Fail(ErrorKind::kUnsupported, "field 'type' is '{}'; this program reads {}",
              Printable(given, 64), known);
}

Result<Profile> ReadProfile(const JsonFields& fields) {
  Profile profile;
  SLUICE_TRY(const auto version, fields.Int("shareCredentialsVersion"));
  if (version < 1 || version > 1'000'000) {
    return Wrong("shareCredentialsVersion", "must be 1 or more");
  }
  profile.share_credentials_version = static_cast<int>(version);
  SLUICE_TRY(const auto* const type, FindType(fields, profile.share_credentials_version));
  SLUICE_TRY(profile.endpoint, Endpoint(fields));
  SLUICE_TRY(profile.credential, type->read(fields));
  if (!std::holds_alternative<BearerToken>(profile.credential)) return profile;
  SLUICE_TRY(const auto expiration, fields.OptionalString("expirationTime"));
  if (expiration && !expiration->empty()) {
    auto millis = ParseTimestamp(*expiration);
    if (!millis) return Fail(millis.error().At("field 'expirationTime'"));
    profile.expiration_time_ms = *millis;
  }
  return profile;
}

/// Writes the members of an object, a line each.
class MemberWriter {
 public:
  MemberWriter(std::string* out, std::string indent) : out_(*out), indent_(std::move(indent)) {}

  MemberWriter& Name(std::string_view name) {
    out_ += first_ ? "\n" : ",\n";
    first_ = false;
    out_ += indent_;
    AppendJsonString(name, &out_);
    out_ += ": ";
    return *this;
  }
  void Text(std::string_view name, std::string_view value) {
    Name(name);
    AppendJsonString(value, &out_);
  }
  void OptionalText(std::string_view name, std::string_view value) {
    if (!value.empty()) Text(name, value);
  }

 private:
  std::string& out_;
  const std::string indent_;
  bool first_ = true;
};

struct CredentialWriter {
  std::string& out;
  MemberWriter& members;

  void operator()(const BearerToken& bearer) const { members.Text("bearerToken", bearer.token); }
  void operator()(const ClientCredentials& client) const {
    members.Text("tokenEndpoint", client.token_endpoint);
    members.Text("clientId", client.client_id);
    members.Text("clientSecret", client.client_secret);
    members.OptionalText("scope", client.scope);
  }
  void operator()(const PrivateKeyJwt& jwt) const {
    members.Name("auth");
    out += "{";
    MemberWriter auth(&out, "    ");
    auth.Text("tokenEndpoint", jwt.token_endpoint);
    auth.Text("issuer", jwt.issuer);
    auth.Text("clientId", jwt.client_id);
    auth.Text("audience", jwt.audience);  // The official client wants it, empty or not.
    auth.OptionalText("scope", jwt.scope);
    auth.Name("privateKey");
    out += "{";
    MemberWriter key(&out, "      ");
    key.Text("privateKeyFile", jwt.private_key_file);
    key.OptionalText("keyId", jwt.key_id);
    key.Text("algorithm", jwt.algorithm);
    out += "\n    }\n  }";
  }
  void operator()(const UserAndPassword& login) const {
    members.Text("username", login.username);
    members.Text("password", login.password);
  }
};

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
  const bool bearer = std::holds_alternative<BearerToken>(profile.credential);
  const int version = bearer ? profile.share_credentials_version : 2;
  std::string out = "{";
  MemberWriter members(&out, "  ");
  members.Name("shareCredentialsVersion");
  out += std::to_string(version);
  if (version == 2) members.Text("type", kTypes[profile.credential.index()].name);
  members.Text("endpoint", profile.endpoint);
  std::visit(CredentialWriter{out, members}, profile.credential);
  if (bearer && profile.expiration_time_ms) {
    members.Text("expirationTime", FormatTimestamp(*profile.expiration_time_ms));
  }
  out += "\n}\n";
  return out;
}

}  // namespace sluice::protocol
