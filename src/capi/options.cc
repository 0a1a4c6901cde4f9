#include "capi/options.h"

#include <charconv>

#include "base/encoding.h"
#include "base/file.h"

namespace sluice::capi {

Status ForEachOption(const SluiceOption* options, std::size_t count,
                     const std::function<Result<bool>(std::string_view, std::string_view)>& apply) {
  if (options == nullptr && count > 0) {
    return Fail(ErrorKind::kInvalidArgument, "options must not be NULL when there are {}", count);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (options[i].key == nullptr || options[i].value == nullptr) {
      return Fail(ErrorKind::kInvalidArgument, "option {} has no key or no value", i);
    }
    const auto known = apply(options[i].key, options[i].value);
    if (!known) return Fail(known.error().At(fmt::format("option '{}'", options[i].key)));
    if (!*known) {
      return Fail(ErrorKind::kInvalidArgument, "option '{}' is unknown", options[i].key);
    }
  }
  return {};
}

Result<std::int64_t> ParseInteger(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < least ||
      value > most) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is not an integer from {} to {}", text, least,
                most);
  }
  return value;
}

Result<bool> ParseFlag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Fail(ErrorKind::kInvalidArgument, "'{}' is neither true nor false", text);
}

Result<std::string> ParseFile(std::string_view text) {
  constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  std::string path(text);
  const auto content = ReadFile(path, kMaxBytes);
  if (content) return path;
  return Fail(ErrorKind::kInvalidArgument, "'{}': {}", Printable(path, 300),
              content.error().message);
}

}  // namespace sluice::capi
