// Section `authorization`.
#include <algorithm>

#include "base/clock.h"
#include "base/code_points.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "server/config/sections.h"

namespace sluice::config {
namespace {

constexpr std::string_view kDefaultName = "default";
constexpr std::size_t kMaxTokenBytes = 8192;
constexpr std::int64_t kMaxRequestsPerMinute = 100'000'000;
constexpr std::int64_t kMaxConcurrentRequests = 1'000'000;

Status ReadToken(const YamlValue& value, std::string* digest) {
  SLUICE_TRY(const std::string token, value.NonEmptyText());
  if (token.size() > kMaxTokenBytes) return value.Refuse("a token must not exceed 8192 bytes");
  const bool plain = std::all_of(token.begin(), token.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  });
  if (!plain) return value.Refuse("a token must be printable ASCII without spaces");
  *digest = AsView(Sha256(token));
  return {};
}

Status ReadDigest(const YamlValue& value, std::string* digest) {
  SLUICE_TRY(const std::string text, value.Text());
  auto bytes = HexDecode(text);
  if (!bytes || bytes->size() != sizeof(Sha256Digest)) {
    return value.Refuse("must be the 64 hex digits of a SHA-256 digest");
  }
  *digest = *std::move(bytes);
  return {};
}

Status ReadExpiry(const YamlValue& value, std::optional<std::int64_t>* out) {
  if (value.IsNull()) return {};
  SLUICE_TRY(const std::string text, value.Text());
  const auto millis = ParseTimestamp(text);
  if (!millis) return value.Refuse(millis.error().message);
  *out = *millis;
  return {};
}

std::function<Status(const YamlValue&)> IntoLimit(std::optional<std::int64_t>* out,
                                                  std::int64_t most) {
  return [=](const YamlValue& value) -> Status {
    if (value.IsNull()) return {};
    SLUICE_TRY(*out, value.Integer(1, most));
    return {};
  };
}

Status Add(const YamlValue& value, TokenConfig token, Authorization* out) {
  SLUICE_RETURN_IF_ERROR(CheckNewName(value, token.name, *out));
  for (const auto& other : out->tokens) {
    if (other.token_digest != token.token_digest) continue;
    return value.Refuse(fmt::format("this is the token of '{}' too", other.name));
  }
  out->tokens.push_back(std::move(token));
  return {};
}

Status ReadBearerToken(const YamlValue& value, Authorization* out) {
  TokenConfig token;
  token.name = kDefaultName;
  SLUICE_RETURN_IF_ERROR(ReadToken(value, &token.token_digest));
  return Add(value, std::move(token), out);
}

Status ReadTokenEntry(const YamlValue& value, Authorization* out) {
  TokenConfig token;
  std::string digest;
  std::vector<YamlField> fields = AccessFields(&token, &out->mentions);
  fields.push_back(
      {"token", [&](const YamlValue& v) { return ReadToken(v, &token.token_digest); }});
  fields.push_back({"tokenSha256", [&](const YamlValue& v) { return ReadDigest(v, &digest); }});
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (token.token_digest.empty() == digest.empty()) {
    return value.Refuse("exactly one of token and tokenSha256 must be given");
  }
  if (!digest.empty()) token.token_digest = std::move(digest);
  return Add(value, std::move(token), out);
}

}  // namespace

std::vector<YamlField> AccessFields(TokenConfig* out, std::vector<GrantMention>* mentions) {
  return {
      {"name",
       [out](const YamlValue& v) -> Status {
         SLUICE_TRY(out->name, v.NonEmptyText());
         return {};
       },
       true},
      {"expirationTime", [out](const YamlValue& v) { return ReadExpiry(v, &out->expires_at_ms); }},
      {"shares",
       [out, mentions](const YamlValue& v) { return ReadGrantedShares(v, out, mentions); }},
      {"grants", [out, mentions](const YamlValue& v) { return ReadGrants(v, out, mentions); }},
      {"properties", [out](const YamlValue& v) { return ReadProperties(v, &out->properties); }},
      {"allowedNetworks", [out](const YamlValue& v) { return ReadNetworks(v, out); }},
      {"requestsPerMinute", IntoLimit(&out->requests_per_minute, kMaxRequestsPerMinute)},
      {"concurrentRequests", IntoLimit(&out->concurrent_requests, kMaxConcurrentRequests)},
  };
}

Status CheckNewName(const YamlValue& value, const std::string& name, const Authorization& all) {
  const Status plain = CheckNoControlPoint("the name of a recipient", name);
  if (!plain) return value.Refuse(plain.error().message);
  const auto has_it = [&](const TokenConfig& other) { return other.name == name; };
  const auto is_it = [&](const OidcRecipientConfig& other) { return has_it(other.access); };
  bool known = std::any_of(all.tokens.begin(), all.tokens.end(), has_it);
  for (const auto& issuer : all.issuers) {
    known = known || std::any_of(issuer.recipients.begin(), issuer.recipients.end(), is_it);
  }
  if (!known) return {};
  return value.Refuse(fmt::format("the name '{}' is there twice", name));
}

Status ReadAuthorization(const YamlValue& value, Authorization* out) {
  // An empty section is more likely a slip than a wish to share with everybody.
  if (value.IsNull()) {
    return value.Refuse("is empty: give bearerToken, or remove the key to serve without tokens");
  }
  const auto read_token = [out](const YamlValue& v) { return ReadTokenEntry(v, out); };
  const auto read_issuer = [out](const YamlValue& v) { return ReadIssuer(v, out); };
  const YamlField fields[] = {
      {"bearerToken", [out](const YamlValue& v) { return ReadBearerToken(v, out); }},
      {"bearerTokens", [&](const YamlValue& v) { return v.ReadList(read_token); }},
      {"oidc", [&](const YamlValue& v) { return v.ReadList(read_issuer); }},
  };
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (out->tokens.empty() && out->issuers.empty()) {
    return value.Refuse("give bearerToken, or at least one of bearerTokens or oidc");
  }
  return {};
}

}  // namespace sluice::config
