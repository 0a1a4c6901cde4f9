// Calls that block, made so that Python's signals (Ctrl-C above all) still act during them.
#pragma once

#include <functional>

namespace sluice::python {

/// Runs `work` and returns true when it has ended. On Python's main thread `work` runs on a helper
/// thread while this one looks for signals; when a handler raises, `cancel` is called again and
/// again until `work` has ended, and the answer is false with the handler's exception set as
/// Python's current error. On any other thread `work` runs directly: Python delivers signals to the
/// main one only. Neither function may touch Python. To be called without the GIL (holding it is
/// allowed on the main thread).
bool RunInterruptibly(const std::function<void()>& work, const std::function<void()>& cancel);

}  // namespace sluice::python
