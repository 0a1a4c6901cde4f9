#include "protocol/endpoint.h"

#include <algorithm>

#include "base/uri.h"
#include "protocol/endpoint_tables.h"

namespace sluice::protocol {
namespace {

bool IsPlaceholder(std::string_view segment) {
  return segment.front() == '{';
}

std::string_view NameOf(std::string_view placeholder) {
  return placeholder.substr(1, placeholder.size() - 2);
}

bool Matches(const PathSegments& wanted, const PathSegments& segments) {
  if (wanted.size() != segments.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!IsPlaceholder(wanted[i]) && wanted[i] != segments[i]) return false;
  }
  return true;
}

Result<EndpointMatch> MakeMatch(const Endpoint& endpoint, const PathSegments& wanted,
                                const PathSegments& segments) {
  EndpointMatch match;
  match.endpoint = &endpoint;
  match.arguments.reserve(wanted.size() / 2);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!IsPlaceholder(wanted[i])) continue;
    auto decoded = PercentDecode(segments[i]);
    if (!decoded) {
      return Fail(decoded.error().At(fmt::format("{} in the path", NameOf(wanted[i]))));
    }
    match.arguments.push_back(*std::move(decoded));
  }
  return match;
}

}  // namespace

std::vector<std::string_view> PathParameters(const Endpoint& endpoint) {
  std::vector<std::string_view> names;
  for (const auto segment : PathSegments(endpoint.path)) {
    if (IsPlaceholder(segment)) names.push_back(NameOf(segment));
  }
  return names;
}

Result<EndpointMatch> MatchEndpoint(std::string_view method, std::string_view path) {
  static const EndpointRouter router(Endpoints());
  return router.Match(method, path);
}

EndpointRouter::EndpointRouter(std::span<const Endpoint> table) {
  for (const auto& endpoint : table) routes_.push_back({&endpoint, PathSegments(endpoint.path)});
}

Result<EndpointMatch> EndpointRouter::Match(std::string_view method, std::string_view path) const {
  const PathSegments segments(path);
  std::string allowed;
  for (const Route& route : routes_) {
    if (!Matches(route.segments, segments)) continue;
    const Endpoint& endpoint = *route.endpoint;
    if (endpoint.method == method || (endpoint.method == "GET" && method == "HEAD")) {
      return MakeMatch(endpoint, route.segments, segments);
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += endpoint.method == "GET" ? std::string_view("GET, HEAD") : endpoint.method;
  }
  if (!allowed.empty()) return Fail(ErrorKind::kUnsupported, "{}", allowed);
  return Fail(ErrorKind::kNotFound, "no such endpoint");
}

std::string EndpointPath(EndpointId id, std::span<const std::string_view> arguments) {
  std::string out;
  std::size_t next = 0;
  for (const auto segment : PathSegments(GetEndpoint(id).path)) {
    out += '/';
    if (!IsPlaceholder(segment)) {
      out += segment;
    } else if (next < arguments.size()) {
      out += PercentEncode(arguments[next++]);
    }
  }
  return out;
}

}  // namespace sluice::protocol
