// Options of the C ABI: key and value strings, each value checked, each unknown key refused.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sluice/sluice.h"

namespace sluice::capi {

/// Calls `apply` for each pair; it returns false for a key it does not know.
/// Errors: kInvalidArgument naming the key; those of `apply`, put after the key.
Status ForEachOption(
    const SluiceOption* options, std::size_t count,
    const std::function<Result<bool>(std::string_view key, std::string_view value)>& apply);

/// Decimal digits within the bounds. Errors: kInvalidArgument.
Result<std::int64_t> ParseInteger(std::string_view text, std::int64_t least,
                                  std::int64_t most = std::numeric_limits<std::int64_t>::max());
/// "true" or "false". Errors: kInvalidArgument.
Result<bool> ParseFlag(std::string_view text);
/// The path of a file that can be read, at most 16 MiB of it. Errors: kInvalidArgument naming it.
Result<std::string> ParseFile(std::string_view text);

}  // namespace sluice::capi
