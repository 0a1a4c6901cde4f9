// Waits for what an operator does: signals, and files that change.
#pragma once

#include <csignal>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::apps {

enum class Wake { kStop, kReload };

/// Belongs to one thread. SIGINT, SIGTERM and SIGHUP are blocked by then, in every thread.
class Watcher {
 public:
  /// Errors: kUnavailable when the system has no more of what it takes.
  static Result<std::unique_ptr<Watcher>> Make(const sigset_t& signals);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Files whose change wakes from now on, in place of those before; replaced ones, and links that
  /// point elsewhere, too. Called before they are read, no change is missed. Folders that cannot be
  /// watched are named in the log.
  void Watch(const std::vector<std::string>& files);

  /// kStop for SIGINT and SIGTERM, kReload for SIGHUP and for files that changed and have been left
  /// alone for a moment.
  Wake Wait();

 private:
  struct Impl;
  explicit Watcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::apps
