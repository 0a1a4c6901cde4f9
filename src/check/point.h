// A point: one thing that the protocol asks of a server, as data, with the function that judges it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::check {

class Session;

enum class Level {
  kDemand,  ///< The protocol's text asks for it.
  kAdvice,  ///< Clients in the field rely on it though the text does not say so, or only advises.
};

/// What a judge returns: nothing when the server does as asked, else an error made by Violated or
/// NotTested. Any other error is one of the connection: the server gave no answer at all.
using Finding = Status;

struct Point {
  std::string_view id;  ///< "listing.pages"; lasts, so that others can refer to it.
  Level level = Level::kDemand;
  std::string_view section;  ///< Of the protocol's text.
  std::string_view demand;   ///< What a server has to do, in one sentence.
  std::string_view reason;   ///< What goes wrong for recipients where it does not.
  Finding (*judge)(Session& session) = nullptr;
};

/// Every point, in the order in which they are judged and shown.
std::vector<Point> AllPoints();

// One family each, in points_<family>.cc.
std::span<const Point> AccessPoints();
std::span<const Point> ListingPoints();
std::span<const Point> PagePoints();
std::span<const Point> NamePoints();
std::span<const Point> MissingPoints();
std::span<const Point> VersionPoints();
std::span<const Point> MetadataPoints();
std::span<const Point> QueryPoints();
std::span<const Point> RequestPoints();
std::span<const Point> FilePoints();
std::span<const Point> HintPoints();
std::span<const Point> FormatPoints();
std::span<const Point> FileIdPoints();
std::span<const Point> HistoryPoints();
std::span<const Point> ChangesPoints();
std::span<const Point> OptionalPoints();
std::span<const Point> AsyncPoints();
std::span<const Point> DirectoryPoints();

/// The server breaks the point: what was asked and what came instead, in one line.
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> Violated(fmt::format_string<Args...> format, Args&&... args) {
  return Fail(ErrorKind::kMalformed, format, std::forward<Args>(args)...);
}

/// The point cannot be judged here: why.
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> NotTested(fmt::format_string<Args...> format, Args&&... args) {
  return Fail(ErrorKind::kUnsupported, format, std::forward<Args>(args)...);
}

inline bool IsViolation(const Error& error) {
  return error.kind == ErrorKind::kMalformed;
}
inline bool IsNotTested(const Error& error) {
  return error.kind == ErrorKind::kUnsupported;
}

}  // namespace sluice::check
