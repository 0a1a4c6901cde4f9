// Endpoints that are none of the protocol's: tables of the same form that others have.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/endpoint.h"

namespace sluice::protocol {

/// The id of an endpoint whose table gives it none.
inline constexpr EndpointId kOfOtherTable{-1};

/// What stands between the slashes of a path, which outlives it; nothing between two is no segment.
class PathSegments {
 public:
  /// No path of a table has more segments; of a longer one, one more than that is there.
  static constexpr std::size_t kMost = 8;

  explicit PathSegments(std::string_view path) {
    while (!path.empty() && size_ < parts_.size()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      if (end > 0) parts_[size_++] = path.substr(0, end);
      path.remove_prefix(std::min(end + 1, path.size()));
    }
  }
  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t i) const { return parts_[i]; }
  const std::string_view* begin() const { return parts_.data(); }
  const std::string_view* end() const { return parts_.data() + size_; }

 private:
  std::array<std::string_view, kMost + 1> parts_;
  std::size_t size_ = 0;
};

/// Finds endpoints of a table, which outlives it and its matches. Immutable.
class EndpointRouter {
 public:
  explicit EndpointRouter(std::span<const Endpoint> table);

  /// As MatchEndpoint.
  Result<EndpointMatch> Match(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    const Endpoint* endpoint = nullptr;
    PathSegments segments;
  };
  std::vector<Route> routes_;
};

}  // namespace sluice::protocol
