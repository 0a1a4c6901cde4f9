// How much memory this process may use.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// Where the kernel tells; other places for tests.
struct MemoryLimitFiles {
  std::string membership = "/proc/self/cgroup";
  std::string groups = "/sys/fs/cgroup";
};

/// Bytes: the machine's memory, or what the process's control group or one above it may have, if
/// that is less. Source: the kernel's cgroup-v2.rst, memory.max; of version 1, the limit that a
/// container sees as its own.
std::int64_t MemoryLimit(const MemoryLimitFiles& files = {});

}  // namespace sluice
