#include "server/api/recent_answers.h"

#include <utility>

namespace sluice::api {
namespace {

constexpr std::size_t kMaxAnswers = 64;
constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

bool IsRecent(std::int64_t made_ms, std::int64_t now_ms) {
  return now_ms >= made_ms && now_ms - made_ms < RecentAnswers::kAgeMs;
}

}  // namespace

std::optional<RecentAnswers::Known> RecentAnswers::Find(const std::string& question,
                                                        const delta::SnapshotPtr& snapshot,
                                                        std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(question);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  // Two owners of the same, without becoming a third.
  const bool same =
      !entry.snapshot.owner_before(snapshot) && !snapshot.owner_before(entry.snapshot);
  return same && IsRecent(entry.made_ms, now_ms) ? std::optional(entry.known) : std::nullopt;
}

void RecentAnswers::Keep(std::string question, const delta::SnapshotPtr& snapshot,
                         std::int64_t now_ms, const Audit& audit, Answer* answer) {
  if (answer->slices != nullptr || answer->file) return;
  if (question.size() + answer->body.size() > kMaxBytes) return;
  answer->made = std::make_shared<const http::Response>(
      http::Response{std::move(answer->head), std::move(answer->body)});
  Entry entry{snapshot, now_ms, {answer->made, audit}};
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxAnswers) {
    std::erase_if(entries_, [&](const auto& old) { return !IsRecent(old.second.made_ms, now_ms); });
  }
  // More questions a second than that are not the same ones again and again.
  if (entries_.size() >= kMaxAnswers) entries_.clear();
  entries_.insert_or_assign(std::move(question), std::move(entry));
}

}  // namespace sluice::api
