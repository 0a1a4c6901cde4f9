#include "observe/trace_context.h"

#include <algorithm>

namespace sluice::observe {
namespace {

constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kParentAt = 36;
constexpr std::size_t kParentDigits = 16;
constexpr std::size_t kLength = 55;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

TraceParent ParseTraceParent(std::string_view header) {
  if (header.size() < kLength) return {};
  const std::string_view version = header.substr(0, 2);
  const bool sound = IsHex(version) && version != "ff" && header[2] == '-' &&
                     header[kParentAt - 1] == '-' && header[kLength - 3] == '-' &&
                     IsHex(header.substr(kLength - 2, 2));
  const bool ends = header.size() == kLength || (version != "00" && header[kLength] == '-');
  const TraceParent out{header.substr(kTraceAt, kTraceDigits),
                        header.substr(kParentAt, kParentDigits)};
  return sound && ends && IsId(out.trace_id) && IsId(out.parent_id) ? out : TraceParent();
}

}  // namespace sluice::observe
