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

/// Whether clean-up has taken away the beginning of a log between two listings.
bool CleanedUpBetween(const LogListing& before, const LogListing& after);

/// Calls `work(listing)`, which returns a Result and reads what a listing of the whole log shows;
/// again with a new listing where clean-up took files away before they were read.
template <typename Work>
auto ReadWholeLog(const storage::ObjectStore& store, const Work& work)
    -> decltype(work(std::declval<const LogListing&>())) {
  SLUICE_TRY(auto listing, ListAll(store));
  for (;;) {
    auto result = work(listing);
    if (result || result.error().kind != ErrorKind::kDataMissing) return result;
    SLUICE_TRY(auto next, ListAll(store));
    if (!CleanedUpBetween(listing, next)) return result;
    listing = std::move(next);
  }
}

}  // namespace sluice::delta
