// Section `authorization`.
#include <algorithm>

#include "base/clock.h"
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

class TokenReader {
 public:
  TokenReader(std::vector<TokenConfig>* out, std::vector<GrantMention>* mentions)
      : out_(out), mentions_(mentions) {}

  Status ReadBearerToken(const YamlValue& value) {
    TokenConfig token;
    token.name = kDefaultName;
    SLUICE_RETURN_IF_ERROR(ReadToken(value, &token.token_digest));
    return Add(value, std::move(token));
  }

  Status ReadEntry(const YamlValue& value) {
    TokenConfig token;
    std::string digest;
    const YamlField fields[] = {
        {"name",
         [&](const YamlValue& v) -> Status {
           SLUICE_TRY(token.name, v.NonEmptyText());
           return {};
         },
         true},
        {"token", [&](const YamlValue& v) { return ReadToken(v, &token.token_digest); }},
        {"tokenSha256", [&](const YamlValue& v) { return ReadDigest(v, &digest); }},
        {"expirationTime", [&](const YamlValue& v) { return ReadExpiry(v, &token.expires_at_ms); }},
        {"shares", [&](const YamlValue& v) { return ReadGrantedShares(v, &token, mentions_); }},
        {"grants", [&](const YamlValue& v) { return ReadGrants(v, &token, mentions_); }},
        {"properties", [&](const YamlValue& v) { return ReadProperties(v, &token); }},
        {"allowedNetworks", [&](const YamlValue& v) { return ReadNetworks(v, &token); }},
        {"requestsPerMinute", IntoLimit(&token.requests_per_minute, kMaxRequestsPerMinute)},
        {"concurrentRequests", IntoLimit(&token.concurrent_requests, kMaxConcurrentRequests)},
    };
    SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
    if (token.token_digest.empty() == digest.empty()) {
      return value.Refuse("exactly one of token and tokenSha256 must be given");
    }
    if (!digest.empty()) token.token_digest = std::move(digest);
    return Add(value, std::move(token));
  }

 private:
  Status Add(const YamlValue& value, TokenConfig token) {
    for (const auto& other : *out_) {
      if (other.name == token.name) {
        return value.Refuse(fmt::format("the name '{}' is there twice", token.name));
      }
      if (other.token_digest == token.token_digest) {
        return value.Refuse(fmt::format("this is the token of '{}' too", other.name));
      }
    }
    out_->push_back(std::move(token));
    return {};
  }

  std::vector<TokenConfig>* out_;
  std::vector<GrantMention>* mentions_;
};

}  // namespace

Status ReadAuthorization(const YamlValue& value, std::vector<TokenConfig>* out,
                         std::vector<GrantMention>* mentions) {
  // An empty section is more likely a slip than a wish to share with everybody.
  if (value.IsNull()) {
    return value.Refuse("is empty: give bearerToken, or remove the key to serve without tokens");
  }
  TokenReader reader(out, mentions);
  const auto read_entry = [&](const YamlValue& v) { return reader.ReadEntry(v); };
  const YamlField fields[] = {
      {"bearerToken", [&](const YamlValue& v) { return reader.ReadBearerToken(v); }},
      {"bearerTokens", [&](const YamlValue& v) { return v.ReadList(read_entry); }},
  };
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (out->empty()) return value.Refuse("give bearerToken, or at least one of bearerTokens");
  return {};
}

}  // namespace sluice::config
