// Event: one coroutine waits, code on the same loop wakes it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace sluice::http {

/// Belongs to one loop's thread. Set before Wait is not lost. At most one waiter.
class Event {
 public:
  /// Resumes the waiter, inline.
  void Set() {
    set_ = true;
    if (auto waiter = std::move(waiter_)) waiter->Resume();
  }

  /// Returns at once when set; consumes the setting.
  boost::asio::awaitable<void> Wait() {
    if (!set_) {
      auto initiate = [this](auto handler) {
        waiter_ = std::make_unique<WaiterOf<decltype(handler)>>(std::move(handler));
      };
      co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
          initiate, boost::asio::use_awaitable);
    }
    set_ = false;
  }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void Resume() = 0;
  };
  template <typename Handler>
  struct WaiterOf : Waiter {
    explicit WaiterOf(Handler&& h) : handler(std::move(h)) {}
    void Resume() override {
      auto resumed = std::move(handler);
      resumed();
    }
    Handler handler;
  };

  bool set_ = false;
  std::unique_ptr<Waiter> waiter_;
};

}  // namespace sluice::http
