#include "protocol/endpoint.h"

#include <algorithm>
#include <array>

#include "base/uri.h"
#include "protocol/endpoint_tables.h"

namespace sluice::protocol {
namespace {

/// No path of the table has more segments; longer ones need not be split.
constexpr std::size_t kMaxSegments = 8;

/// Those of a path; of a longer one, one more than any path of the table has.
class Segments {
 public:
  explicit Segments(std::string_view path) {
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
  std::array<std::string_view, kMaxSegments + 1> parts_;
  std::size_t size_ = 0;
};

bool IsPlaceholder(std::string_view segment) {
  return segment.front() == '{';
}

std::string_view NameOf(std::string_view placeholder) {
  return placeholder.substr(1, placeholder.size() - 2);
}

bool Matches(const Segments& segments, std::string_view path) {
  const Segments wanted(path);
  if (wanted.size() != segments.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!IsPlaceholder(wanted[i]) && wanted[i] != segments[i]) return false;
  }
  return true;
}

Result<EndpointMatch> MakeMatch(const Endpoint& endpoint, const Segments& segments) {
  EndpointMatch match;
  match.endpoint = &endpoint;
  const Segments wanted(endpoint.path);
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
  for (const auto segment : Segments(endpoint.path)) {
    if (IsPlaceholder(segment)) names.push_back(NameOf(segment));
  }
  return names;
}

Result<EndpointMatch> MatchEndpoint(std::string_view method, std::string_view path) {
  return MatchEndpoint(Endpoints(), method, path);
}

Result<EndpointMatch> MatchEndpoint(std::span<const Endpoint> table, std::string_view method,
                                    std::string_view path) {
  const Segments segments(path);
  std::string allowed;
  for (const auto& endpoint : table) {
    if (!Matches(segments, endpoint.path)) continue;
    if (endpoint.method == method || (endpoint.method == "GET" && method == "HEAD")) {
      return MakeMatch(endpoint, segments);
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
  for (const auto segment : Segments(GetEndpoint(id).path)) {
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
