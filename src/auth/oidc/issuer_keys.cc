#include "auth/oidc/issuer_keys.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace sluice::auth {
namespace {

constexpr std::int64_t kAgeMs = 10 * 60'000;
constexpr std::int64_t kMaxAgeMs = 24 * 3'600'000;
constexpr std::int64_t kFirstPauseMs = 5'000;
constexpr std::int64_t kMaxPauseMs = 60'000;
constexpr std::int64_t kAskPauseMs = 60'000;

}  // namespace

IssuerKeys::IssuerKeys(KeySource source, const Clock& clock)
    : source_(std::move(source)),
      clock_(clock),
      http_(KeyFetchOptions(source_, [this] { return stopping_.load(); })),
      next_pause_ms_(kFirstPauseMs) {}

IssuerKeys::~IssuerKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void IssuerKeys::Start() {
  thread_ = std::thread([this] { Run(); });
}

Result<std::shared_ptr<const oauth::JwkSet>> IssuerKeys::Current() const {
  const std::lock_guard lock(mutex_);
  const bool young = keys_ != nullptr && clock_.NowMillis() < fetched_at_ms_ + kMaxAgeMs;
  if (young) return keys_;
  return Fail(ErrorKind::kUnavailable, "no keys of the issuer {}: {}", source_.issuer,
              failure_ ? failure_->message : "they are being fetched");
}

bool IssuerKeys::MayChange() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.NowMillis();
  if (!under_way_ && (!asked_at_ms_ || now >= *asked_at_ms_ + kAskPauseMs)) {
    asked_at_ms_ = now;
    under_way_ = true;
    due_ms_ = now;
    wake_.notify_all();
  }
  return under_way_ || failure_.has_value();
}

void IssuerKeys::Refresh() {
  {
    const std::lock_guard lock(mutex_);
    under_way_ = true;
  }
  auto fetched = FetchKeys(http_, source_);
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.NowMillis();
  under_way_ = false;
  if (fetched) {
    if (failure_ || keys_ == nullptr) {
      spdlog::info("issuer {}: {} keys fetched", source_.issuer, fetched->size());
    }
    keys_ = std::make_shared<const oauth::JwkSet>(*std::move(fetched));
    fetched_at_ms_ = now;
    due_ms_ = now + kAgeMs;
    next_pause_ms_ = kFirstPauseMs;
    failure_ = std::nullopt;
    return;
  }
  due_ms_ = now + next_pause_ms_;
  next_pause_ms_ = std::min(2 * next_pause_ms_, kMaxPauseMs);
  if (stopping_) return;
  if (!failure_)
    spdlog::warn("issuer {}: no new keys: {}", source_.issuer, fetched.error().message);
  failure_ = std::move(fetched.error());
}

std::int64_t IssuerKeys::due_ms() const {
  const std::lock_guard lock(mutex_);
  return due_ms_;
}

void IssuerKeys::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::int64_t left = due_ms_ - clock_.NowMillis();
    if (left > 0) {
      // Never for long: the clock may be set meanwhile.
      wake_.wait_for(lock, std::chrono::milliseconds(std::min(left, kMaxPauseMs)));
      continue;
    }
    lock.unlock();
    Refresh();
    lock.lock();
  }
}

}  // namespace sluice::auth
