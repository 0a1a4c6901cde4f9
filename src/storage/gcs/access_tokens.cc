#include "storage/gcs/access_tokens.h"

#include <utility>

namespace sluice::storage {
namespace {

/// The metadata server gives the same token until less than five minutes of it are left.
constexpr std::int64_t kMarginMs = 4 * 60'000;
constexpr std::int64_t kRetryMs = 10'000;
constexpr std::int64_t kJustGotMs = 10'000;

}  // namespace

AccessTokens::AccessTokens(Fetch fetch, const Clock& clock)
    : clock_(clock),
      renewing_(
          [fetch = std::move(fetch), &clock]() -> Result<Expiring<Got>> {
            SLUICE_TRY(auto token, fetch());
            return Expiring<Got>{{std::move(token.value), clock.NowMillis()}, token.expires_at_ms};
          },
          clock, kMarginMs, kRetryMs) {}

Result<AccessTokens::Token> AccessTokens::Get() const {
  SLUICE_TRY(const auto got, renewing_.Get());
  return Token{got->value.text, got->expires_at_ms};
}

Result<AccessTokens::Token> AccessTokens::GetFor(std::int64_t life_ms) const {
  auto token = Get();
  if (!token || token->expires_at_ms - clock_.NowMillis() >= life_ms) return token;
  Refused();
  auto other = Get();
  return other ? other : token;
}

void AccessTokens::Refused() const {
  const auto got = renewing_.Get();
  if (got && clock_.NowMillis() - (*got)->value.at_ms >= kJustGotMs) renewing_.Forget();
}

}  // namespace sluice::storage
