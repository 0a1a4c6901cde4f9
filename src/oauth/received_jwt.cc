#include "oauth/received_jwt.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/encoding.h"
#include "json/answer.h"

namespace sluice::oauth {
namespace {

bool IsBase64Url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

tl::unexpected<Error> Malformed(std::string_view reason) {
  return Fail(ErrorKind::kMalformed, "{}", reason);
}

Result<boost::json::object> ReadPart(std::string_view part, std::string_view what) {
  const auto text = Base64UrlDecode(part);
  if (!text) return Fail(ErrorKind::kMalformed, "the {} is no base64url", what);
  auto object = json::ParseJsonObject(*text);
  if (!object) return Fail(ErrorKind::kMalformed, "the {} is no JSON object", what);
  return object;
}

Status ReadHeader(const boost::json::object& header, ReceivedJwt* out) {
  if (header.contains("crit")) {
    return Fail(ErrorKind::kUnsupported, "the header asks for extensions (crit)");
  }
  out->algorithm = json::TextOf(header, "alg");
  if (out->algorithm.empty()) return Malformed("the header names no algorithm");
  if (const auto* const key_id = header.if_contains("kid")) {
    if (!key_id->is_string()) return Malformed("the header's kid is no text");
    out->key_id = std::string(json::TextOf(header, "kid"));
  }
  if (const auto* const type = header.if_contains("typ")) {
    if (!type->is_string()) return Malformed("the header's typ is no text");
    out->type = ToLower(json::TextOf(header, "typ"));
  }
  return {};
}

}  // namespace

bool LooksLikeJwt(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last || first == 0 || last == first + 1) {
    return false;
  }
  return std::count(token.begin(), token.end(), '.') == 2 &&
         std::all_of(token.begin(), token.end(), [](char c) { return c == '.' || IsBase64Url(c); });
}

Result<ReceivedJwt> ReadJwt(std::string_view token) {
  if (token.size() > kMaxJwtBytes) {
    return Fail(ErrorKind::kTooLarge, "the token is longer than {} bytes", kMaxJwtBytes);
  }
  if (!LooksLikeJwt(token)) return Malformed("the token is not of three parts in base64url");
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  ReceivedJwt out;
  SLUICE_TRY(const auto header, ReadPart(token.substr(0, first), "header"));
  SLUICE_RETURN_IF_ERROR(ReadHeader(header, &out));
  SLUICE_TRY(out.claims, ReadPart(token.substr(first + 1, last - first - 1), "payload"));
  out.signed_text = token.substr(0, last);
  auto signature = Base64UrlDecode(token.substr(last + 1));
  if (!signature) return Malformed("the signature is no base64url");
  out.signature = *std::move(signature);
  return out;
}

}  // namespace sluice::oauth
