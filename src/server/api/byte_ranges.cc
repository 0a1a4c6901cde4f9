#include "server/api/byte_ranges.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"

namespace sluice::api {
namespace {

/// Digits only. A number beyond 64 bits is simply very large.
std::optional<std::int64_t> Number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return std::numeric_limits<std::int64_t>::max();
  return value;
}

/// One "a-b", "a-" or "-n". Nullopt: wrong syntax. Length 0: outside the file.
std::optional<ByteRange> ParseOne(std::string_view text, std::int64_t size) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  if (first_text.empty()) {
    const auto suffix = Number(last_text);
    if (!suffix) return std::nullopt;
    const std::int64_t length = std::min(*suffix, size);
    return ByteRange{size - length, length};
  }
  const auto first = Number(first_text);
  if (!first) return std::nullopt;
  std::optional<std::int64_t> last = std::numeric_limits<std::int64_t>::max();
  if (!last_text.empty()) last = Number(last_text);
  if (!last || *last < *first) return std::nullopt;
  if (*first >= size) return ByteRange{};
  return ByteRange{*first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace

RangeRequest ParseRanges(std::string_view header, std::int64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  RangeRequest out;
  if (!header.starts_with(kUnit)) return out;
  header.remove_prefix(kUnit.size());
  std::size_t count = 0;
  for (std::size_t begin = 0; begin <= header.size();) {
    const std::size_t end = std::min(header.find(',', begin), header.size());
    const std::string_view item = Trim(header.substr(begin, end - begin));
    begin = end + 1;
    if (item.empty()) continue;
    const auto range = ParseOne(item, size);
    if (!range) return {};
    if (++count > kMaxRanges) return {RangeRequest::Kind::kUnsatisfiable, {}};
    if (range->length > 0) out.ranges.push_back(*range);
  }
  if (count == 0) return {};
  out.kind = out.ranges.empty() ? RangeRequest::Kind::kUnsatisfiable : RangeRequest::Kind::kRanges;
  return out;
}

}  // namespace sluice::api
