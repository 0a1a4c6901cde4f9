#include "storage/gcs/iam_account.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "json/answer.h"

namespace sluice::storage {
namespace {

using json::ObjectOf;
using json::ParseJsonObject;
using json::TextOf;

constexpr std::int64_t kMaxAnswerBytes = std::int64_t{1} << 20;
constexpr std::int64_t kTimeoutMs = 30'000;
constexpr std::size_t kMaxSaid = 300;

tl::unexpected<Error> Refused(std::string_view who, const net::HttpResponse& answer) {
  std::string said;
  if (const auto body = ParseJsonObject(answer.body)) {
    if (const auto* const error = ObjectOf(*body, "error"); error != nullptr) {
      said = Printable(TextOf(*error, "message"), kMaxSaid);
    }
  }
  const bool later = answer.status == 429 || answer.status >= 500;
  return Fail(later ? ErrorKind::kUnavailable : ErrorKind::kPermissionDenied, "{} answered {}{}{}",
              who, answer.status, said.empty() ? "" : ": ", said);
}

class Slot {
 public:
  explicit Slot(std::counting_semaphore<IamAccount::kMostAtOnce>& slots) : slots_(slots) {
    slots_.acquire();
  }
  ~Slot() { slots_.release(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  std::counting_semaphore<IamAccount::kMostAtOnce>& slots_;
};

}  // namespace

IamAccount::IamAccount(IamAccountOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      email_(
          [this]() -> Result<Expiring<std::string>> {
            SLUICE_TRY(auto email, options_.email());
            return Expiring<std::string>{std::move(email)};
          },
          clock) {}

Result<std::string> IamAccount::Email() const {
  SLUICE_TRY(const auto email, email_.Get());
  return email->value;
}

Result<boost::json::object> IamAccount::Ask(std::string_view method,
                                            boost::json::object body) const {
  SLUICE_TRY(const auto email, Email());
  const std::string who = fmt::format("IAM's {} for {}", method, Printable(email, kMaxSaid));
  if (!options_.delegates.empty()) {
    boost::json::array delegates(options_.delegates.begin(), options_.delegates.end());
    body["delegates"] = std::move(delegates);
  }
  net::HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}{}:{}", options_.url, email, method);
  request.body = boost::json::serialize(body);
  request.max_body_bytes = kMaxAnswerBytes;
  request.timeout_ms = kTimeoutMs;
  for (bool again = false;; again = true) {
    SLUICE_TRY(const auto token, options_.caller->Get());
    request.headers = {{"Content-Type", "application/json"},
                       {"Authorization", "Bearer " + token.value}};
    const auto answer = options_.http->Send(request);
    if (!answer) return Fail(answer.error().At(who));
    if (answer->status == 401 && !again) {
      options_.caller->Refused();
      continue;
    }
    if (answer->status != 200) return Refused(who, *answer);
    auto object = ParseJsonObject(answer->body);
    if (!object) {
      return Fail(ErrorKind::kUnavailable, "{} answered {}", who, object.error().message);
    }
    return object;
  }
}

Result<AccessTokens::Token> IamAccount::GenerateToken() const {
  SLUICE_TRY(const auto answer,
             Ask("generateAccessToken",
                 {{"scope", boost::json::array{kCloudScope}}, {"lifetime", "3600s"}}));
  const auto end = ParseTimestamp(TextOf(answer, "expireTime"));
  AccessTokens::Token token{std::string(TextOf(answer, "accessToken"))};
  if (token.value.empty() || !end) {
    return Fail(ErrorKind::kUnavailable, "IAM answered without an accessToken and its expireTime");
  }
  token.expires_at_ms = *end;
  return token;
}

Result<std::string> IamAccount::SignBlob(std::string_view bytes) const {
  const Slot slot(slots_);
  SLUICE_TRY(const auto answer, Ask("signBlob", {{"payload", Base64Encode(bytes)}}));
  auto signature = Base64Decode(TextOf(answer, "signedBlob"));
  if (!signature || signature->empty()) {
    return Fail(ErrorKind::kUnavailable, "IAM answered without a signedBlob");
  }
  return signature;
}

}  // namespace sluice::storage
