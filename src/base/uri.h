// URIs as RFC 3986 has them, as far as the project needs: percent-encoding and splitting.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// Percent-encodes everything but unreserved characters (letters, digits, `-._~`); with
/// `keep_slash`, `/` stays too, as in a path.
std::string PercentEncode(std::string_view text, bool keep_slash = false);
void AppendPercentEncoded(std::string_view text, bool keep_slash, std::string* out);

/// Errors: kMalformed on a `%` without two hex digits. `+` stays a plus.
Result<std::string> PercentDecode(std::string_view text);

struct Uri {
  std::string scheme;  ///< Lower case; empty for a relative reference.
  std::string host;    ///< Lower case, without brackets for IPv6.
  int port = -1;       ///< -1 when absent.
  std::string path;    ///< Still percent-encoded; may be empty.
  std::string query;   ///< Without `?`, still percent-encoded.

  /// scheme://host[:port] as it belongs into a URL.
  std::string Origin() const;
};

/// An absolute URL. Errors: kMalformed; user info ("user:pass@") is refused.
Result<Uri> ParseUri(std::string_view text);

}  // namespace sluice
