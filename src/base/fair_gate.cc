#include "base/fair_gate.h"

#include <algorithm>
#include <utility>

namespace sluice {

FairGate::FairGate(ThreadPool& pool, int share)
    : state_(std::make_shared<State>(pool, std::max(1, share))) {}

void FairGate::Run(std::string owner, std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    Lane& lane = state_->lanes[owner];
    if (lane.running >= state_->share) {
      lane.waiting.push_back(std::move(task));
      return;
    }
    ++lane.running;
  }
  // The last task may end what holds this gate.
  RunAndGoOn(std::shared_ptr<State>(state_), owner, task);
}

void FairGate::RunAndGoOn(const std::shared_ptr<State>& state, const std::string& owner,
                          const std::function<void()>& task) {
  task();
  std::function<void()> next;
  {
    const std::lock_guard lock(state->mutex);
    const auto lane = state->lanes.find(owner);
    if (!lane->second.waiting.empty()) {
      next = std::move(lane->second.waiting.front());
      lane->second.waiting.pop_front();
    } else if (--lane->second.running == 0) {
      state->lanes.erase(lane);
    }
  }
  if (!next) return;
  // Behind what others have queued meanwhile.
  state->pool.Submit([state, owner, next = std::move(next)] { RunAndGoOn(state, owner, next); });
}

}  // namespace sluice
