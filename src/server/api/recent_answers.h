// Answers to queries that were just made. A share that many readers have one token for, or a page
// that many look at, is asked the same again and again; making the answer is most of what it costs.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "delta/table.h"
#include "server/api/call.h"

namespace sluice::api {

/// Thread-safe. Holds a few megabytes at most, and no snapshot alive.
class RecentAnswers {
 public:
  /// For so long an answer is given again: by that much its URLs end sooner. Milliseconds.
  static constexpr std::int64_t kAgeMs = 1'000;

  struct Known {
    std::shared_ptr<const http::Response> response;
    Audit audit;  ///< Of whoever asked first.
  };

  /// The answer to the same question about the same version, if it is not too old.
  std::optional<Known> Find(const std::string& question, const delta::SnapshotPtr& snapshot,
                            std::int64_t now_ms) const;

  /// Has `answer` as one that was made; or leaves it as it is, where it is large or made while it
  /// is sent. `question` says all that the answer depends on, but for the snapshot and the time.
  void Keep(std::string question, const delta::SnapshotPtr& snapshot, std::int64_t now_ms,
            const Audit& audit, Answer* answer);

 private:
  struct Entry {
    std::weak_ptr<const delta::Snapshot> snapshot;
    std::int64_t made_ms = 0;
    Known known;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  ///< Guarded by mutex_.
};

}  // namespace sluice::api
