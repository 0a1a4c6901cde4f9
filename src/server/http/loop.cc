#include "server/http/loop.h"

namespace sluice::http {

using std::chrono::steady_clock;

Deadline::Deadline(Loop& loop, std::function<void()> on_expiry)
    : loop_(loop), on_expiry_(std::move(on_expiry)) {
  loop_.deadlines_.push_front(this);
  place_ = loop_.deadlines_.begin();
}

Deadline::~Deadline() {
  if (loop_.visiting_ == place_) ++loop_.visiting_;
  loop_.deadlines_.erase(place_);
}

void Deadline::Set(std::chrono::milliseconds from_now) {
  when_ = steady_clock::now() + from_now;
  expired_ = false;
}

void Deadline::Clear() {
  when_ = steady_clock::time_point::max();
  expired_ = false;
}

void WorkCount::Begin() {
  const std::lock_guard lock(mutex_);
  ++count_;
}

void WorkCount::End() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

void WorkCount::WaitForNone() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return count_ == 0; });
}

Loop::Loop(std::chrono::milliseconds tick)
    : tick_(tick), guard_(boost::asio::make_work_guard(context_)), timer_(context_) {}

Loop::~Loop() {
  work_->WaitForNone();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void Loop::Start() {
  Tick();
  thread_ = std::thread([this] { context_.run(); });
}

void Loop::Tick() {
  const auto now = steady_clock::now();
  // An expiry may destroy deadlines, this one and others: `visiting_` steps over those.
  for (visiting_ = deadlines_.begin(); visiting_ != deadlines_.end();) {
    Deadline* deadline = *visiting_++;
    if (deadline->when_ > now) continue;
    deadline->when_ = steady_clock::time_point::max();
    deadline->expired_ = true;
    deadline->on_expiry_();
  }
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

}  // namespace sluice::http
