// OriginSet: which hosts have been heard of.
#pragma once

#include <mutex>
#include <string>
#include <unordered_set>

namespace sluice::net {

/// Thread-safe. Holds the first 4096 that are added, as hosts come from peers, too.
class OriginSet {
 public:
  void Add(const std::string& origin) {
    const std::lock_guard lock(mutex_);
    if (origins_.size() < kMaxOrigins) origins_.insert(origin);
  }
  bool Has(const std::string& origin) const {
    const std::lock_guard lock(mutex_);
    return origins_.contains(origin);
  }

 private:
  static constexpr std::size_t kMaxOrigins = 4096;

  mutable std::mutex mutex_;
  std::unordered_set<std::string> origins_;
};

}  // namespace sluice::net
