#include "interrupt.h"

#include <Python.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <pthread.h>
#endif

namespace sluice::python {
namespace {

/// How long a signal may wait to be noticed.
constexpr std::chrono::milliseconds kSignalPeriod{50};

bool OnMainThread() {
#if defined(__linux__)
  return syscall(SYS_gettid) == getpid();
#else
  return pthread_main_np() != 0;
#endif
}

/// True when a signal handler of Python raised; its exception is then set.
bool SignalRaised() {
  PyGILState_STATE state = PyGILState_Ensure();
  const bool raised = PyErr_CheckSignals() != 0;
  PyGILState_Release(state);
  return raised;
}

}  // namespace

bool RunInterruptibly(const std::function<void()>& work, const std::function<void()>& cancel) {
  if (!OnMainThread()) {
    work();
    return true;
  }
  std::mutex mutex;
  std::condition_variable done;
  bool finished = false;
  std::thread helper([&] {
    work();
    std::lock_guard lock(mutex);
    finished = true;
    done.notify_one();
  });
  bool interrupted = false;
  {
    std::unique_lock lock(mutex);
    while (!done.wait_for(lock, kSignalPeriod, [&] { return finished; })) {
      lock.unlock();
      interrupted = interrupted || SignalRaised();
      if (interrupted) cancel();
      lock.lock();
    }
  }
  helper.join();
  return !interrupted;
}

}  // namespace sluice::python
