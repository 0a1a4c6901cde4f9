// libcurl handles kept with their open connections, lent to one transfer at a time.
#pragma once

#include <curl/curl.h>

#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::net {

/// A transfer and the event loop that runs it; the loop owns the connections.
struct Handle {
  Handle();
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  CURLM* multi;
  CURL* easy;
};

/// Thread-safe. Connections are not shared between handles, which libcurl does not support across
/// threads, so a handle that last talked to an origin is the best for the next request to it. Names
/// resolved and TLS sessions are shared by all.
class HandlePool {
 public:
  HandlePool();
  ~HandlePool();
  HandlePool(const HandlePool&) = delete;
  HandlePool& operator=(const HandlePool&) = delete;

  /// A handle without options, with a connection to `origin` if one is idle.
  std::unique_ptr<Handle> Take(const std::string& origin);
  void GiveBack(const std::string& origin, std::unique_ptr<Handle> handle);

 private:
  struct Idle {
    std::string origin;
    std::unique_ptr<Handle> handle;
  };

  std::array<std::mutex, CURL_LOCK_DATA_LAST> share_locks_;
  CURLSH* share_;
  std::mutex mutex_;
  std::list<Idle> idle_;  ///< Most recently used first.
};

}  // namespace sluice::net
