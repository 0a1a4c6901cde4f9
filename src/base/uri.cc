#include "base/uri.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/plain_text.h"

namespace sluice {
namespace {

constexpr std::size_t kBlock = 16;

/// Which of 16 bytes are not unreserved in RFC 3986, a bit each.
unsigned ReservedBytes(const char* block, bool keep_slash) {
#if defined(__SSE2__)
  // The comparisons are signed: bytes beyond ASCII are below all.
  const auto within = [](__m128i bytes, char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  const auto is = [](__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  const __m128i letters = within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
  // '-', '.', '/' and the digits follow each other.
  __m128i others = within(bytes, '-', '9');
  if (!keep_slash) others = _mm_andnot_si128(is(bytes, '/'), others);
  const __m128i marks = _mm_or_si128(is(bytes, '_'), is(bytes, '~'));
  const __m128i plain = _mm_or_si128(_mm_or_si128(letters, others), marks);
  return ~static_cast<unsigned>(_mm_movemask_epi8(plain)) & 0xFFFF;
#else
  unsigned reserved = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const char c = block[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '-' && c <= '9') ||
                       c == '_' || c == '~';
    if (!plain || (c == '/' && !keep_slash)) reserved |= 1U << i;
  }
  return reserved;
#endif
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

void AppendPercentEncoded(std::string_view text, bool keep_slash, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const std::size_t used = out->size();
  // Whole blocks are stored, and read at every place of a block.
  out->resize(used + 3 * text.size() + kBlock);
  char* to = out->data() + used;
  char rest[2 * kBlock];
  while (!text.empty()) {
    const char* from = text.data();
    if (text.size() < sizeof(rest)) {
      std::memset(rest, 0, sizeof(rest));
      std::memcpy(rest, from, text.size());
      from = rest;
    }
    const std::size_t count = std::min(text.size(), kBlock);
    unsigned left = ReservedBytes(from, keep_slash) & ((1U << count) - 1);
    std::memcpy(to, from, kBlock);
    std::size_t done = 0;
    for (; left != 0; left &= left - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(left));
      const auto byte = static_cast<unsigned char>(from[place]);
      to += place - done;
      *to++ = '%';
      *to++ = kDigits[byte >> 4];
      *to++ = kDigits[byte & 15];
      done = place + 1;
      std::memcpy(to, from + done, kBlock);
    }
    to += count - done;
    text.remove_prefix(count);
  }
  out->resize(static_cast<std::size_t>(to - out->data()));
}

std::string PercentEncode(std::string_view text, bool keep_slash) {
  std::string out;
  AppendPercentEncoded(text, keep_slash, &out);
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
    if (c == ' ' || IsControl(c)) {
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
