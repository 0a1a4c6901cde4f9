#include "oauth/token_request.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/uri.h"
#include "json/answer.h"

namespace sluice::oauth {
namespace {

using json::NumberOf;
using json::ObjectOf;
using json::ParseJsonObject;
using json::TextOf;

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

void Hide(std::string_view secret, std::string* text) {
  if (secret.empty()) return;
  constexpr std::string_view kInstead = "…";
  for (auto at = text->find(secret); at != std::string::npos;
       at = text->find(secret, at + kInstead.size())) {
    text->replace(at, secret.size(), kInstead);
  }
}

std::string WithoutSecrets(std::string text, const TokenRequest& request) {
  for (const auto& [name, value] : request.form) {
    if (std::find(std::begin(kSecrets), std::end(kSecrets), name) != std::end(kSecrets)) {
      Hide(value, &text);
    }
  }
  if (request.login) {
    Hide(net::BasicCredentials(*request.login), &text);
    Hide(request.login->password, &text);
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

bool FitsInAHeader(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// When the token ends.
Result<std::int64_t> EndOf(const boost::json::object& answer, const TokenRequest& request,
                           std::int64_t now_ms) {
  if (const auto seconds = NumberOf(answer, "expires_in")) {
    return now_ms + std::clamp<std::int64_t>(*seconds, 0, kLongestSeconds) * 1000;
  }
  if (const auto end = NumberOf(answer, "expires_on")) {
    const std::int64_t now_s = now_ms / 1000;
    return std::clamp(*end, now_s, now_s + kLongestSeconds) * 1000;
  }
  const auto* const given = answer.if_contains("expires_in");
  if (given != nullptr && !given->is_null()) {
    return Fail(ErrorKind::kUnavailable, "{} answered a token whose expires_in is no number",
                request.who);
  }
  if (request.ends_otherwise_ms) return *request.ends_otherwise_ms;
  return Fail(ErrorKind::kUnavailable, "{} answered a token without its expires_in", request.who);
}

Result<Expiring<std::string>> ReadToken(std::string_view body, const TokenRequest& request,
                                        std::int64_t now_ms) {
  const auto object = ParseJsonObject(body);
  if (!object) {
    return Fail(ErrorKind::kUnavailable, "{} answered {}", request.who, object.error().message);
  }
  Expiring<std::string> token{std::string(TextOf(*object, "access_token")), 0};
  if (token.value.empty()) {
    return Fail(ErrorKind::kUnavailable, "{} answered without an access_token", request.who);
  }
  if (!FitsInAHeader(token.value)) {
    return Fail(ErrorKind::kUnavailable, "{} answered an access_token that no header can hold",
                request.who);
  }
  SLUICE_TRY(token.expires_at_ms, EndOf(*object, request, now_ms));
  return token;
}

}  // namespace

std::string TokenEndpointName(std::string_view url) {
  const auto uri = ParseUri(url);
  if (!uri) return "the token endpoint";
  std::string name = "the token endpoint " + uri->host;
  if (uri->port >= 0) name += fmt::format(":{}", uri->port);
  return name;
}

Result<Expiring<std::string>> RequestToken(const net::HttpClient& http, const TokenRequest& request,
                                           const Clock& clock, const net::CancelCheck& cancelled) {
  net::HttpRequest sent;
  sent.url = request.url;
  sent.headers = request.headers;
  sent.headers.emplace_back("Accept", "application/json");
  if (request.login) {
    sent.headers.emplace_back("Authorization", "Basic " + net::BasicCredentials(*request.login));
  }
  sent.max_body_bytes = kMaxAnswerBytes;
  sent.timeout_ms = request.timeout_ms;
  if (!request.form.empty()) {
    sent.method = "POST";
    sent.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    sent.body = Form(request);
  }
  const std::int64_t now = clock.NowMillis();
  const auto answer = http.Send(sent, cancelled);
  if (!answer) return Fail(answer.error().At(request.who));
  if (answer->status != 200) return Refused(request, *answer);
  return ReadToken(answer->body, request, now);
}

}  // namespace sluice::oauth
