// The keys of an issuer, kept fresh by a thread, so that whoever verifies a token never waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "auth/oidc/key_fetch.h"
#include "base/clock.h"

namespace sluice::auth {

/// Thread-safe. Keys are fetched every 10 minutes; after a failure in 5 seconds, then at twice the
/// distance each time up to a minute. Those that were had are used for a day while there are no
/// newer ones.
class IssuerKeys {
 public:
  /// Fetches nothing yet. `clock` outlives it.
  explicit IssuerKeys(KeySource source, const Clock& clock = SystemClock());
  ~IssuerKeys();
  IssuerKeys(const IssuerKeys&) = delete;
  IssuerKeys& operator=(const IssuerKeys&) = delete;

  /// From now on a thread refreshes when it is time. Call once at most.
  void Start();

  /// Never waits. Errors: kUnavailable where there are none, or none that are young enough.
  Result<std::shared_ptr<const oauth::JwkSet>> Current() const;

  /// Somebody presents a token of a key that is not among them: whether they may be newer elsewhere
  /// and the question is worth another try soon. Asks the issuer for the sake of such tokens once a
  /// minute at most, so that nobody makes this server send more. Never waits.
  bool MayChange();

  /// One fetch by the calling thread; what failed is kept for Current.
  void Refresh();
  /// When Refresh is due, on the clock.
  std::int64_t due_ms() const;

 private:
  void Run();

  const KeySource source_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  const net::HttpClient http_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const oauth::JwkSet> keys_;
  std::int64_t fetched_at_ms_ = 0;
  std::int64_t due_ms_ = 0;
  std::int64_t next_pause_ms_;
  std::optional<std::int64_t> asked_at_ms_;  ///< For the sake of a token.
  std::optional<Error> failure_;             ///< Of the last fetch.
  bool under_way_ = true;                    ///< A fetch, or it is about to begin.
  std::thread thread_;
};

}  // namespace sluice::auth
