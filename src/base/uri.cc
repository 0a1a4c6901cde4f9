#include "base/uri.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/encoding.h"

namespace sluice {
namespace {

constexpr bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool IsScheme(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

/// Splits "host", "host:port" or "[v6]:port" into `uri`.
Status ParseAuthority(std::string_view authority, Uri* uri) {
  if (authority.find('@') != std::string_view::npos) {
    return Fail(ErrorKind::kMalformed, "a URL must not hold a user name or password");
  }
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return Fail(ErrorKind::kMalformed, "URL host lacks a ']'");
    uri->host = ToLower(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = authority.rfind(':');
    uri->host = ToLower(authority.substr(0, colon));
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (port.empty()) return {};
  const char* begin = port.data() + 1;
  const char* end = port.data() + port.size();
  const auto parsed = std::from_chars(begin, end, uri->port);
  if (port.front() != ':' || parsed.ec != std::errc() || parsed.ptr != end || uri->port < 0 ||
      uri->port > 65535) {
    return Fail(ErrorKind::kMalformed, "URL port is not a number from 0 to 65535");
  }
  return {};
}

}  // namespace

std::string PercentEncode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (int c = 0; c < 256; ++c) plain[c] = IsUnreserved(static_cast<char>(c));
    return plain;
  }();
  const auto is_plain = [keep_slash](char c) {
    return kPlain[static_cast<unsigned char>(c)] || (keep_slash && c == '/');
  };
  const auto special = std::find_if_not(text.begin(), text.end(), is_plain);
  if (special == text.end()) return std::string(text);  // Most paths.
  const auto prefix = static_cast<std::size_t>(special - text.begin());
  std::string out(text.substr(0, prefix));
  text.remove_prefix(prefix);
  out.resize(prefix + text.size() * 3);
  char* to = out.data() + prefix;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    if (is_plain(c)) {
      *to++ = c;
      continue;
    }
    *to++ = '%';
    *to++ = kDigits[b >> 4];
    *to++ = kDigits[b & 15];
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  const std::size_t first = text.find('%');
  if (first == std::string_view::npos) return std::string(text);
  std::string out(text.substr(0, first));
  out.reserve(text.size());
  for (std::size_t i = first; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    auto byte = HexDecode(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) {
      return Fail(ErrorKind::kMalformed, "'%' without two hex digits at character {}", i);
    }
    out.append(*byte);
    i += 2;
  }
  return out;
}

std::string Uri::Origin() const {
  std::string out = scheme + "://";
  out += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port >= 0) out += ":" + std::to_string(port);
  return out;
}

Result<Uri> ParseUri(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || !IsScheme(text.substr(0, colon))) {
    return Fail(ErrorKind::kMalformed, "a URL must begin with a scheme such as https://");
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) {
      return Fail(ErrorKind::kMalformed, "a URL must not hold spaces or control characters");
    }
  }
  Uri uri;
  uri.scheme = ToLower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path = rest.find_first_of("/?");
  SLUICE_RETURN_IF_ERROR(ParseAuthority(rest.substr(0, path), &uri));
  if (path == std::string_view::npos) return uri;
  rest.remove_prefix(path);
  const std::size_t query = rest.find('?');
  uri.path = rest.substr(0, query);
  if (query != std::string_view::npos) uri.query = rest.substr(query + 1);
  return uri;
}

}  // namespace sluice
