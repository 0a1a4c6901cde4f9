#include "net/handle_pool.h"

#include <algorithm>
#include <new>

namespace sluice::net {
namespace {

/// More than a client's parallel fetches; each holds a connection or two.
constexpr std::size_t kMaxIdle = 64;
/// The origin itself, and one that it redirects to.
constexpr long kConnectionsPerHandle = 2;

void InitialiseOnce() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::bad_alloc();
}

void Lock(CURL*, curl_lock_data data, curl_lock_access, void* locks) {
  (*static_cast<std::array<std::mutex, CURL_LOCK_DATA_LAST>*>(locks))[data].lock();
}

void Unlock(CURL*, curl_lock_data data, void* locks) {
  (*static_cast<std::array<std::mutex, CURL_LOCK_DATA_LAST>*>(locks))[data].unlock();
}

}  // namespace

Handle::Handle() : multi(curl_multi_init()), easy(curl_easy_init()) {
  if (multi == nullptr || easy == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kConnectionsPerHandle);
}

Handle::~Handle() {
  curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
}

HandlePool::HandlePool() {
  InitialiseOnce();
  share_ = curl_share_init();
  if (share_ == nullptr) throw std::bad_alloc();
  curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, Lock);
  curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, Unlock);
  curl_share_setopt(share_, CURLSHOPT_USERDATA, &share_locks_);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

HandlePool::~HandlePool() {
  idle_.clear();
  curl_share_cleanup(share_);
}

std::unique_ptr<Handle> HandlePool::Take(const std::string& origin) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const Idle& idle) { return idle.origin == origin; });
    if (found != idle_.end()) {
      auto handle = std::move(found->handle);
      idle_.erase(found);
      return handle;
    }
  }
  auto handle = std::make_unique<Handle>();
  curl_easy_setopt(handle->easy, CURLOPT_SHARE, share_);
  return handle;
}

void HandlePool::GiveBack(const std::string& origin, std::unique_ptr<Handle> handle) {
  curl_easy_reset(handle->easy);
  std::unique_ptr<Handle> oldest;
  const std::lock_guard lock(mutex_);
  idle_.push_front({origin, std::move(handle)});
  if (idle_.size() > kMaxIdle) {
    oldest = std::move(idle_.back().handle);
    idle_.pop_back();
  }
}

}  // namespace sluice::net
