// What stores and token endpoints answer in JSON, read as far as it is needed. Their answers are
// hostile: depth is bounded by the parser, size by whoever asked.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace sluice::json {

/// Errors: kCorrupt for what is no JSON object. No message holds any of the text.
Result<boost::json::object> ParseJsonObject(std::string_view text);

/// The text of a member; empty where there is none or it is no text.
std::string_view TextOf(const boost::json::object& object, std::string_view name);

/// A member that is a number, a fraction cut off, or a whole number as a text; nothing for any
/// other, also one beyond 64 bits.
std::optional<std::int64_t> NumberOf(const boost::json::object& object, std::string_view name);

/// A member that is an object; null where there is none.
const boost::json::object* ObjectOf(const boost::json::object& object, std::string_view name);

}  // namespace sluice::json
