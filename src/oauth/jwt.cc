#include "oauth/jwt.h"

#include "base/encoding.h"

namespace sluice::oauth {

Result<std::string> SignJwt(const JwtContent& content, const SigningKey& key) {
  std::string header = fmt::format(R"({{"alg":"{}","typ":"JWT")", key.algorithm());
  if (!content.key_id.empty()) {
    header += R"(,"kid":)";
    AppendJsonString(content.key_id, &header);
  }
  header += "}";
  std::string claims = "{";
  for (const auto& [name, value] : content.claims) {
    AppendJsonString(name, &claims);
    claims += ':';
    AppendJsonString(value, &claims);
    claims += ',';
  }
  claims += fmt::format(R"("iat":{},"exp":{}}})", content.issued_at_s,
                        content.issued_at_s + content.lifetime_s);
  const std::string text = Base64UrlEncode(header) + "." + Base64UrlEncode(claims);
  SLUICE_TRY(const auto signature, key.Sign(text));
  return text + "." + Base64UrlEncode(signature);
}

}  // namespace sluice::oauth
