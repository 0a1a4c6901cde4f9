// The keys of all issuers that somebody uses.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "auth/oidc/issuer_keys.h"

namespace sluice::auth {

/// Thread-safe. Outlives a configuration, so that one that follows it need not fetch anew.
class IssuerKeyring {
 public:
  /// Started. The same for the same source as long as anybody holds them.
  std::shared_ptr<IssuerKeys> Get(const KeySource& source) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](const Entry& entry) { return entry.keys.expired(); });
    for (const Entry& entry : entries_) {
      auto keys = entry.keys.lock();
      if (keys != nullptr && entry.source == source) return keys;
    }
    auto keys = std::make_shared<IssuerKeys>(source);
    keys->Start();
    entries_.push_back({source, keys});
    return keys;
  }

 private:
  struct Entry {
    KeySource source;
    std::weak_ptr<IssuerKeys> keys;
  };

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace sluice::auth
