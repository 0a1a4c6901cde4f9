// Text encodings of bytes: hex, base64, base64url, Z85 and JSON strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

std::string HexEncode(std::string_view bytes);
void AppendHex(std::string_view bytes, std::string* out);
/// Errors: kMalformed on an odd length or a character that is no hex digit.
Result<std::string> HexDecode(std::string_view text);

/// With padding (RFC 4648, section 4).
std::string Base64Encode(std::string_view bytes);
/// Wants the padding; no line breaks and no other alphabet. Errors: kMalformed.
Result<std::string> Base64Decode(std::string_view text);

/// Without padding (RFC 4648, section 5).
std::string Base64UrlEncode(std::string_view bytes);
/// Accepts no padding, no line breaks and no other alphabet. Errors: kMalformed.
Result<std::string> Base64UrlDecode(std::string_view text);

/// Z85 (ZeroMQ RFC 32), whole blocks of 5 characters to 4 bytes. Delta writes deletion-vector
/// identifiers so. Errors: kMalformed.
Result<std::string> Z85Decode(std::string_view text);

/// True when all of `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

/// Appends `text` as a JSON string with its quotes. Bytes that are no valid UTF-8 become U+FFFD.
/// Text without anything to escape is found by a vector scan and copied.
void AppendJsonString(std::string_view text, std::string* out);

/// `text` as a message of one line may quote it: control characters become '?', and what is longer
/// than `max_bytes` is cut (between characters) and ends in "…".
std::string Printable(std::string_view text, std::size_t max_bytes);

}  // namespace sluice
