#include "storage/rest/token_request.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/uri.h"
#include "storage/rest/json.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kMaxAnswerBytes = std::int64_t{1} << 20;
constexpr std::size_t kMaxSaid = 300;                   ///< Of what an endpoint says, in a message.
constexpr std::int64_t kLongestSeconds = 366 * 86'400;  ///< A token's life, as far as it counts.

/// What must not come back in a message, even if an endpoint repeats it.
constexpr std::string_view kSecrets[] = {"client_secret", "client_assertion", "assertion",
                                         "refresh_token", "subject_token",    "actor_token"};

std::string Form(const TokenRequest& request) {
  std::string out;
  for (const auto& [name, value] : request.form) {
    if (!out.empty()) out += '&';
    AppendPercentEncoded(name, false, &out);
    out += '=';
    AppendPercentEncoded(value, false, &out);
  }
  return out;
}

std::string WithoutSecrets(std::string text, const TokenRequest& request) {
  for (const auto& [name, value] : request.form) {
    if (value.empty() ||
        std::find(std::begin(kSecrets), std::end(kSecrets), name) == std::end(kSecrets)) {
      continue;
    }
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
      text.replace(at, value.size(), "…");
    }
  }
  return text;
}

/// "invalid_client: the client is not known", or what of it was said.
std::string Said(const net::HttpResponse& answer) {
  const auto object = ParseJsonObject(answer.body);
  if (!object) return "";
  std::string said(TextOf(*object, "error"));
  // Google's services answer an object there.
  if (const auto* const error = ObjectOf(*object, "error"); error != nullptr) {
    said = TextOf(*error, "message");
  }
  for (const char* name : {"error_description", "message", "Message"}) {
    const auto more = TextOf(*object, name);
    if (more.empty()) continue;
    if (!said.empty()) said += ": ";
    said += more;
    break;
  }
  return said;
}

tl::unexpected<Error> Refused(const TokenRequest& request, const net::HttpResponse& answer) {
  const bool later = answer.status == 408 || answer.status == 429 || answer.status >= 500;
  const std::string said = Printable(WithoutSecrets(Said(answer), request), kMaxSaid);
  return Fail(later ? ErrorKind::kUnavailable : ErrorKind::kPermissionDenied, "{} answered {}{}{}",
              request.who, answer.status, said.empty() ? "" : ": ", said);
}

}  // namespace

Result<Expiring<std::string>> RequestToken(const net::HttpClient& http, const TokenRequest& request,
                                           const Clock& clock) {
  net::HttpRequest sent;
  sent.url = request.url;
  sent.headers = request.headers;
  sent.max_body_bytes = kMaxAnswerBytes;
  sent.timeout_ms = request.timeout_ms;
  if (!request.form.empty()) {
    sent.method = "POST";
    sent.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    sent.body = Form(request);
  }
  const std::int64_t now = clock.NowMillis();
  const auto answer = http.Send(sent);
  if (!answer) return Fail(answer.error().At(request.who));
  if (answer->status != 200) return Refused(request, *answer);
  const auto object = ParseJsonObject(answer->body);
  if (!object) {
    return Fail(ErrorKind::kUnavailable, "{} answered {}", request.who, object.error().message);
  }
  Expiring<std::string> token{std::string(TextOf(*object, "access_token")), 0};
  if (token.value.empty()) {
    return Fail(ErrorKind::kUnavailable, "{} answered without an access_token", request.who);
  }
  if (const auto seconds = NumberOf(*object, "expires_in")) {
    token.expires_at_ms = now + std::clamp<std::int64_t>(*seconds, 0, kLongestSeconds) * 1000;
  } else if (const auto end = NumberOf(*object, "expires_on")) {
    const std::int64_t now_s = now / 1000;
    token.expires_at_ms = std::clamp(*end, now_s, now_s + kLongestSeconds) * 1000;
  } else if (request.ends_otherwise_ms) {
    token.expires_at_ms = *request.ends_otherwise_ms;
  } else {
    return Fail(ErrorKind::kUnavailable, "{} answered a token without its expires_in", request.who);
  }
  return token;
}

}  // namespace sluice::storage
