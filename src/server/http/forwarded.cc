#include "server/http/forwarded.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::http {
namespace {

/// More than any chain of proxies that is meant.
constexpr std::size_t kMaxHops = 32;

/// The items of all headers of that name, in order. A comma between quotes ends none.
std::vector<std::string_view> Items(const Request& request, std::string_view name, char mark) {
  std::vector<std::string_view> items;
  for (const auto& [key, value] : request.headers) {
    if (key != name) continue;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= value.size(); ++i) {
      if (i < value.size() && value[i] == '"') quoted = !quoted;
      if (i < value.size() && (quoted || value[i] != mark)) continue;
      items.push_back(Trim(std::string_view(value).substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return items;
}

std::string_view Last(const Request& request, std::string_view name) {
  const auto items = Items(request, name, ',');
  return items.empty() ? std::string_view() : items.back();
}

/// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80" or "2001:db8::1" without the port.
std::string_view WithoutPort(std::string_view node) {
  if (node.starts_with('[')) return node.substr(1, node.find(']') - 1);
  const std::size_t colon = node.find(':');
  const bool one = colon != std::string_view::npos && node.rfind(':') == colon;
  return one ? node.substr(0, colon) : node;
}

/// What proxies say of themselves and of whom they speak for.
struct Hops {
  std::vector<std::string_view> nodes;  ///< The nearest is the last.
  std::string_view proto;
  std::string_view host;
};

std::string_view Unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

Hops ReadHops(const Request& request) {
  Hops hops;
  if (request.Has("x-forwarded-for") || !request.Has("forwarded")) {
    hops.nodes = Items(request, "x-forwarded-for", ',');
    hops.proto = Last(request, "x-forwarded-proto");
    hops.host = Last(request, "x-forwarded-host");
    return hops;
  }
  for (const std::string_view element : Items(request, "forwarded", ',')) {
    std::string_view node = "unknown";
    hops.proto = hops.host = {};
    for (std::size_t at = 0; at < element.size();) {
      const std::size_t end = std::min(element.find(';', at), element.size());
      const std::string_view pair = Trim(element.substr(at, end - at));
      const std::size_t equals = std::min(pair.find('='), pair.size());
      const std::string_view value = Unquote(pair.substr(std::min(equals + 1, pair.size())));
      if (EqualsIgnoreCase(pair.substr(0, equals), "for")) node = value;
      if (EqualsIgnoreCase(pair.substr(0, equals), "proto")) hops.proto = value;
      if (EqualsIgnoreCase(pair.substr(0, equals), "host")) hops.host = value;
      at = end + 1;
    }
    hops.nodes.push_back(node);
  }
  return hops;
}

void SetHost(std::string_view host, Request* request) {
  for (auto& [name, value] : request->headers) {
    if (name == "host") value = host;
  }
}

bool IsForwarded(const Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const Header& header) {
    return header.first == "forwarded" || header.first.starts_with("x-forwarded-") ||
           header.first == "x-real-ip" || header.first == "via";
  });
}

}  // namespace

void ApplyForwarded(const Networks& proxies, Request* request) {
  if (!IsForwarded(*request)) return;
  Peer& peer = request->peer;
  const auto nearest = ParseIpAddress(peer.address);
  if (!nearest || !Contain(proxies, *nearest)) {
    peer.loopback = false;
    return;
  }
  const Hops hops = ReadHops(*request);
  std::size_t looked_at = 0;
  for (auto node = hops.nodes.rbegin(); node != hops.nodes.rend(); ++node) {
    const std::string_view text = WithoutPort(*node);
    const auto address = ParseIpAddress(text);
    if (!address || ++looked_at > kMaxHops) {
      // Who stands behind this one is not known.
      peer.loopback = false;
      break;
    }
    peer.address = text;
    peer.port = 0;
    peer.loopback = IsLoopback(*address);
    if (!Contain(proxies, *address)) break;
  }
  if (EqualsIgnoreCase(hops.proto, "https")) peer.tls = true;
  if (EqualsIgnoreCase(hops.proto, "http")) peer.tls = false;
  if (!hops.host.empty()) SetHost(hops.host, request);
}

}  // namespace sluice::http
