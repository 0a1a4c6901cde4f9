#include "base/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "base/file.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 10;
constexpr std::int64_t kNone = INT64_MAX;

/// "max", and whatever else is no number, is no limit.
std::int64_t LimitIn(const fs::path& file) {
  const auto text = ReadFile(file.string(), kMaxFileBytes);
  std::int64_t bytes = 0;
  const bool is_number =
      text && std::from_chars(text->data(), text->data() + text->size(), bytes).ec == std::errc();
  return is_number && bytes > 0 ? bytes : kNone;
}

/// Of version 2: the line that begins so, with '/' and what follows.
std::string GroupIn(const std::string& membership) {
  constexpr std::string_view kLine = "0::";
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kLine)) return line.substr(kLine.size());
  }
  return "/";
}

}  // namespace

std::int64_t MemoryLimit(const MemoryLimitFiles& files) {
  std::int64_t limit = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  const fs::path groups(files.groups);
  limit = std::min(limit, LimitIn(groups / "memory/memory.limit_in_bytes"));
  const auto membership = ReadFile(files.membership, kMaxFileBytes);
  fs::path group = fs::path(membership ? GroupIn(*membership) : "/").relative_path();
  // A container may see itself as the root of all groups, or in a place it cannot look into.
  for (;; group = group.parent_path()) {
    limit = std::min(limit, LimitIn(groups / group / "memory.max"));
    if (group.empty()) return limit;
  }
}

}  // namespace sluice
