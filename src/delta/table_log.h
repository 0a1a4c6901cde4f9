// What a Table knows of its log between calls: the last commit it saw, and how to see what is new.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "delta/commit_reader.h"
#include "delta/log_segment.h"
#include "delta/replay.h"

namespace sluice::delta {

/// The newest commit that was seen.
struct LogTip {
  std::int64_t version = -1;
  /// Its file; absent when only a checkpoint had the version.
  std::optional<storage::ObjectMeta> commit;
  std::int64_t verified_at_ms = 0;  ///< Steady clock.
};

enum class TipState {
  kFresh,     ///< No later commit.
  kAdvanced,  ///< There is a next commit.
  kReplaced,  ///< The log is another one, or lost what was known: start anew.
};

/// Steady milliseconds.
std::int64_t SteadyMillis();

LogTip TipOf(const LogListing& listing);

/// One Stat of the next commit, and one of the known commit when it was last looked at
/// `verify_every_ms` ago. Errors: from the store.
Result<TipState> CheckTip(const storage::ObjectStore& store, std::int64_t verify_every_ms,
                          LogTip* tip);

/// Lists the log for its newest version, with the help of `_last_checkpoint`.
/// Errors: kNotFound when there is no log; from the store.
Result<LogListing> ListNewest(const storage::ObjectStore& store);

/// The whole log. Errors: as ListNewest.
Result<LogListing> ListAll(const storage::ObjectStore& store);

/// Whether a commit or checkpoint that one listing showed is gone in a later one.
bool LostFiles(const LogListing& before, const LogListing& after);

/// Calls `work(listing)`, which returns a Result and reads what a listing of the whole log shows;
/// again with a new listing, a few times, while clean-up takes files away before they are read.
/// Clean-up removes them in any order, so that a listing in its midst may have holes anywhere.
template <typename Work>
auto ReadWholeLog(const storage::ObjectStore& store, const Work& work)
    -> decltype(work(std::declval<const LogListing&>())) {
  constexpr int kMaxListings = 10;
  SLUICE_TRY(auto listing, ListAll(store));
  for (int listings = 1;; ++listings) {
    auto result = work(listing);
    if (result || result.error().kind != ErrorKind::kDataMissing) return result;
    if (listings == kMaxListings) return result;
    SLUICE_TRY(auto next, ListAll(store));
    if (!LostFiles(listing, next)) return result;
    listing = std::move(next);
  }
}

}  // namespace sluice::delta
