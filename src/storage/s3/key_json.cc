#include "storage/s3/key_json.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "json/answer.h"

namespace sluice::storage {

using json::ParseJsonObject;
using json::TextOf;

Result<Expiring<AwsKey>> ReadKeyJson(std::string_view text) {
  const auto object = ParseJsonObject(text);
  if (!object) return Fail(ErrorKind::kUnavailable, "the answer is {}", object.error().message);
  Expiring<AwsKey> out;
  out.value.access_key_id = TextOf(*object, "AccessKeyId");
  out.value.secret_access_key = TextOf(*object, "SecretAccessKey");
  out.value.session_token = TextOf(*object, "Token");
  if (out.value.session_token.empty()) out.value.session_token = TextOf(*object, "SessionToken");
  if (out.value.access_key_id.empty() || out.value.secret_access_key.empty()) {
    const std::string said = Printable(TextOf(*object, "Message"), 200);
    return Fail(ErrorKind::kUnavailable, "the answer has no AccessKeyId and SecretAccessKey{}{}",
                said.empty() ? "" : ": ", said);
  }
  if (const std::string_view end = TextOf(*object, "Expiration"); !end.empty()) {
    const auto parsed = ParseTimestamp(end);
    if (!parsed) return Fail(ErrorKind::kUnavailable, "the answer's Expiration is no time");
    out.expires_at_ms = *parsed;
  }
  return out;
}

}  // namespace sluice::storage
