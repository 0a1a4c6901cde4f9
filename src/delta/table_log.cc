#include "delta/table_log.h"

#include <algorithm>
#include <chrono>

#include "delta/last_checkpoint.h"

namespace sluice::delta {
namespace {

tl::unexpected<Error> NoLog(const storage::ObjectStore& store) {
  return Fail(ErrorKind::kNotFound, "{}: no Delta table: _delta_log has no commit",
              store.Describe());
}

/// Nullopt for a missing object.
Result<std::optional<storage::ObjectMeta>> StatIfThere(const storage::ObjectStore& store,
                                                       const std::string& key) {
  auto meta = store.Stat(key);
  if (meta) return std::move(*meta);
  if (meta.error().kind == ErrorKind::kNotFound) return std::nullopt;
  return Fail(meta.error().At(key));
}

bool IsSame(const storage::ObjectMeta& a, const storage::ObjectMeta& b) {
  return a.size == b.size && a.modified_ms == b.modified_ms;
}

}  // namespace

std::int64_t SteadyMillis() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

LogTip TipOf(const LogListing& listing) {
  LogTip tip{.version = listing.LastVersion(), .commit = {}, .verified_at_ms = SteadyMillis()};
  if (!listing.commits.empty() && listing.commits.back().version == tip.version) {
    tip.commit = listing.commits.back().meta;
  }
  return tip;
}

Result<TipState> CheckTip(const storage::ObjectStore& store, std::int64_t verify_every_ms,
                          LogTip* tip) {
  SLUICE_TRY(const auto next, StatIfThere(store, CommitKey(tip->version + 1)));
  const auto now = SteadyMillis();
  if (tip->commit && now - tip->verified_at_ms >= verify_every_ms) {
    SLUICE_TRY(const auto known, StatIfThere(store, tip->commit->key));
    if (!known || !IsSame(*known, *tip->commit)) return TipState::kReplaced;
    tip->verified_at_ms = now;
  }
  return next ? TipState::kAdvanced : TipState::kFresh;
}

Result<LogListing> ListAll(const storage::ObjectStore& store) {
  SLUICE_TRY(auto listing, ListLog(store, 0));
  if (listing.empty()) return NoLog(store);
  return listing;
}

Result<LogListing> ListNewest(const storage::ObjectStore& store) {
  SLUICE_TRY(const auto hint, ReadLastCheckpoint(store));
  if (!hint) return ListAll(store);
  SLUICE_TRY(auto listing, ListLog(store, *hint));
  // A hint at a checkpoint that is gone or incomplete shows a log without a beginning.
  if (listing.checkpoints.empty()) return ListAll(store);
  return listing;
}

bool LostFiles(const LogListing& before, const LogListing& after) {
  const auto by_version = [](const auto& a, const auto& b) { return a.version < b.version; };
  const auto lost = [&](const auto& old_files, const auto& new_files) {
    return !std::includes(new_files.begin(), new_files.end(), old_files.begin(), old_files.end(),
                          by_version);
  };
  return lost(before.commits, after.commits) || lost(before.checkpoints, after.checkpoints);
}

}  // namespace sluice::delta
