// How much one recipient may ask: so many requests a minute, so many at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "catalog/recipient.h"

namespace sluice::api {

struct Admitted {
  /// A place among the recipient's concurrent requests, for as long as it is held.
  std::shared_ptr<void> place;
  std::string refused;             ///< Why not; empty: the request is admitted.
  std::int64_t retry_after_s = 0;  ///< When it may be tried again.
};

/// Thread-safe. What it remembers of a recipient without limits is nothing.
class Admission {
 public:
  explicit Admission(const Clock* clock);

  /// A minute's requests may come at once; they are given back evenly. A refused one costs nothing.
  Admitted Enter(const catalog::Recipient& recipient);

 private:
  struct Use {
    double left = 0;  ///< Requests that may come now.
    std::int64_t left_at_ms = 0;
    std::int64_t running = 0;
  };
  /// Outlives this as long as a place is held.
  struct Uses {
    std::mutex mutex;  ///< Guards what follows.
    std::unordered_map<std::string, Use> by_recipient;
  };

  const Clock* const clock_;
  const std::shared_ptr<Uses> uses_ = std::make_shared<Uses>();
};

}  // namespace sluice::api
