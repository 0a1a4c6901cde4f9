#include "json/answer.h"

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <charconv>
#include <cmath>

namespace sluice::json {
namespace {

constexpr double kMostWholeDouble = 9007199254740992.0;  ///< Beyond, doubles have gaps.

}  // namespace

Result<boost::json::object> ParseJsonObject(std::string_view text) {
  boost::system::error_code error;
  auto value = boost::json::parse({text.data(), text.size()}, error);
  if (error) return Fail(ErrorKind::kCorrupt, "no JSON ({})", error.message());
  if (!value.is_object()) return Fail(ErrorKind::kCorrupt, "JSON, but no object");
  return std::move(value.get_object());
}

std::string_view TextOf(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

std::optional<std::int64_t> NumberOf(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_double() && std::abs(value->get_double()) < kMostWholeDouble) {
    return static_cast<std::int64_t>(value->get_double());
  }
  const std::string_view text = TextOf(object, name);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

const boost::json::object* ObjectOf(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains({name.data(), name.size()});
  return value == nullptr ? nullptr : value->if_object();
}

}  // namespace sluice::json
