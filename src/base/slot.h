// A value that is replaced as a whole while others use it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace sluice {

/// Whoever got a value keeps it, unchanged, for as long as it likes. Thread-safe.
template <typename T>
class Slot {
 public:
  std::shared_ptr<const T> Get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void Set(std::shared_ptr<const T> value) {
    {
      const std::lock_guard lock(mutex_);
      value_.swap(value);
    }
    // The old one may be destroyed here, outside of the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace sluice
