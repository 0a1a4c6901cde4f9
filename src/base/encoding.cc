#include "base/encoding.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/ascii.h"
#include "base/code_points.h"

namespace sluice {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kZ85 =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

constexpr std::array<std::int8_t, 256> Inverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  for (auto& entry : table) entry = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < 256; ++i) pairs[i] = {kHexDigits[i >> 4], kHexDigits[i & 15]};
  return pairs;
}();
constexpr auto kHexValue = Inverse(kHexDigits);
constexpr auto kBase64Value = Inverse(kBase64);
constexpr auto kBase64UrlValue = Inverse(kBase64Url);
constexpr auto kZ85Value = Inverse(kZ85);

int HexValue(char c) {
  return kHexValue[static_cast<unsigned char>(ToLower(c))];
}

constexpr int kBlock = 16;

/// Which of 16 bytes do not go into a JSON string as they are, a bit each.
struct SpecialBytes {
  unsigned quoted = 0;  ///< Quotes and backslashes: a backslash goes before them.
  unsigned others = 0;  ///< Control characters and parts of characters beyond ASCII.
};

SpecialBytes FindSpecial(const char* block) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  const __m128i quoted = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  // Signed: bytes beyond ASCII are below a space too.
  const __m128i others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  return {static_cast<unsigned>(_mm_movemask_epi8(quoted)),
          static_cast<unsigned>(_mm_movemask_epi8(others))};
#else
  SpecialBytes special;
  for (int i = 0; i < kBlock; ++i) {
    const auto c = static_cast<signed char>(block[i]);
    if (c == '"' || c == '\\') special.quoted |= 1U << i;
    if (c < 0x20) special.others |= 1U << i;
  }
  return special;
#endif
}

/// Length of the valid UTF-8 sequence that begins at `text`, 0 if there is none (RFC 3629).
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return is_tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!is_tail(1) || !is_tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!is_tail(1) || !is_tail(2) || !is_tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

/// Writes the escape of a control character at `to` and returns its length.
std::size_t WriteEscape(unsigned char c, char* to) {
  constexpr std::string_view kShort = "\b\f\n\r\t";
  constexpr std::string_view kLetter = "bfnrt";
  *to = '\\';
  if (const std::size_t found = kShort.find(static_cast<char>(c)); found != kShort.npos) {
    to[1] = kLetter[found];
    return 2;
  }
  std::string_view("u00").copy(to + 1, 3);
  to[4] = kHexDigits[c >> 4];
  to[5] = kHexDigits[c & 15];
  return 6;
}

/// What the longest piece written at once may become, and the last quote: a block with a backslash
/// before each byte and, as whole blocks are stored, another behind it.
constexpr std::size_t kPieceRoom = 3 * kBlock + 1;

/// Writes into a string ahead of its end, which Finish sets.
class Appender {
 public:
  explicit Appender(std::string* out, std::size_t room) : out_(out), used_(out->size()) {
    Grow(room + kPieceRoom);
  }

  /// Where the next piece goes. There is room for one.
  char* end() { return end_; }
  /// The piece ends here; makes room for the next, and for `more` bytes behind it if it must grow.
  void Take(char* end, std::size_t more) {
    end_ = end;
    if (static_cast<std::size_t>(limit_ - end_) < kPieceRoom) {
      used_ = static_cast<std::size_t>(end_ - out_->data());
      Grow(2 * more + 2 * kPieceRoom);
    }
  }
  void Finish() { out_->resize(static_cast<std::size_t>(end_ - out_->data())); }

 private:
  void Grow(std::size_t room) {
    out_->resize(used_ + room);
    end_ = out_->data() + used_;
    limit_ = out_->data() + out_->size();
  }

  std::string* const out_;
  std::size_t used_;
  char* end_ = nullptr;
  char* limit_ = nullptr;
};

/// Writes the first `count` bytes of a block, up to the first that is no printable ASCII. Two
/// blocks can be read. Returns how many it wrote.
std::size_t WriteBlock(const char* from, std::size_t count, char** to) {
  const SpecialBytes special = FindSpecial(from);
  if (special.others != 0) {
    count = std::min<std::size_t>(count, static_cast<unsigned>(std::countr_zero(special.others)));
  }
  char* out = *to;
  std::memcpy(out, from, kBlock);
  std::size_t done = 0;
  for (unsigned left = special.quoted & ((1U << count) - 1); left != 0; left &= left - 1) {
    const auto place = static_cast<std::size_t>(std::countr_zero(left));
    out += place - done;
    *out++ = '\\';
    std::memcpy(out, from + place, kBlock);
    done = place;
  }
  *to = out + (count - done);
  return count;
}

/// Writes one character that is no printable ASCII, or the mark of bytes that are none. Returns how
/// many bytes of `text` it was.
std::size_t WriteOdd(std::string_view text, char** to) {
  const auto c = static_cast<unsigned char>(text.front());
  if (c < 0x20) {
    *to += WriteEscape(c, *to);
    return 1;
  }
  const std::size_t length = Utf8Length(text);
  const std::string_view written = length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
  std::memcpy(*to, written.data(), written.size());
  *to += written.size();
  return std::max<std::size_t>(length, 1);
}

/// Base64 without padding, in either alphabet.
std::string EncodeDigits(std::string_view bytes, std::string_view alphabet) {
  std::string out((bytes.size() * 4 + 2) / 3, '\0');
  char* to = out.data();
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
    const auto byte = [&](std::size_t i) {
      return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    *to++ = alphabet[bits >> 18];
    *to++ = alphabet[bits >> 12 & 63];
    if (bytes.size() > 1) *to++ = alphabet[bits >> 6 & 63];
    if (bytes.size() > 2) *to++ = alphabet[bits & 63];
  }
  return out;
}

Result<std::string> DecodeDigits(std::string_view text,
                                 const std::array<std::int8_t, 256>& values) {
  if (text.size() % 4 == 1) return Fail(ErrorKind::kMalformed, "base64 text of impossible length");
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = values[static_cast<unsigned char>(text[i])];
    if (value < 0) return Fail(ErrorKind::kMalformed, "no base64 digit at character {}", i);
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>((bits >> held) & 255));
    }
  }
  // Left-over bits must be zero, or two texts would decode to the same bytes.
  if ((bits & ((1U << held) - 1)) != 0)
    return Fail(ErrorKind::kMalformed, "base64 text not canonical");
  return out;
}

}  // namespace

void AppendHex(std::string_view bytes, std::string* out) {
  const std::size_t used = out->size();
  out->resize(used + bytes.size() * 2);
  char* to = out->data() + used;
  for (const char c : bytes) {
    std::memcpy(to, kHexPairs[static_cast<unsigned char>(c)].data(), 2);
    to += 2;
  }
}

std::string HexEncode(std::string_view bytes) {
  std::string out;
  AppendHex(bytes, &out);
  return out;
}

Result<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return Fail(ErrorKind::kMalformed, "hex text of odd length");
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return Fail(ErrorKind::kMalformed, "no hex digit at character {}", i);
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string Base64Encode(std::string_view bytes) {
  std::string out = EncodeDigits(bytes, kBase64);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return Fail(ErrorKind::kMalformed, "base64 text lacks padding");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return DecodeDigits(text, kBase64Value);
}

std::string Base64UrlEncode(std::string_view bytes) {
  return EncodeDigits(bytes, kBase64Url);
}

Result<std::string> Base64UrlDecode(std::string_view text) {
  return DecodeDigits(text, kBase64UrlValue);
}

Result<std::string> Z85Decode(std::string_view text) {
  if (text.size() % 5 != 0) return Fail(ErrorKind::kMalformed, "Z85 text of odd length");
  std::string out;
  out.reserve(text.size() / 5 * 4);
  for (std::size_t i = 0; i < text.size(); i += 5) {
    std::uint64_t value = 0;
    for (std::size_t j = i; j < i + 5; ++j) {
      const int digit = kZ85Value[static_cast<unsigned char>(text[j])];
      if (digit < 0) return Fail(ErrorKind::kMalformed, "no Z85 digit at character {}", j);
      value = value * 85 + static_cast<std::uint64_t>(digit);
    }
    if (value > 0xFFFFFFFFULL)
      return Fail(ErrorKind::kMalformed, "Z85 block out of range at {}", i);
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  }
  return out;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    if (std::uint64_t block = 0; text.size() >= sizeof(block)) {
      std::memcpy(&block, text.data(), sizeof(block));
      if ((block & 0x8080808080808080U) == 0) {  // Eight characters of ASCII.
        text.remove_prefix(sizeof(block));
        continue;
      }
    }
    std::size_t length = 1;
    if (static_cast<unsigned char>(text.front()) >= 0x80) length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void AppendJsonString(std::string_view text, std::string* out) {
  Appender to(out, text.size() + text.size() / 4);
  char* end = to.end();
  *end++ = '"';
  to.Take(end, text.size());
  while (!text.empty()) {
    std::size_t taken = 0;
    end = to.end();
    if (text.size() >= 2 * kBlock) {
      taken = WriteBlock(text.data(), kBlock, &end);
    } else {
      char rest[2 * kBlock] = {};
      std::memcpy(rest, text.data(), text.size());
      taken = WriteBlock(rest, std::min<std::size_t>(text.size(), kBlock), &end);
    }
    if (taken == 0) taken = WriteOdd(text, &end);
    text.remove_prefix(taken);
    to.Take(end, text.size());
  }
  end = to.end();
  *end++ = '"';
  to.Take(end, 0);
  to.Finish();
}

std::string Printable(std::string_view text, std::size_t max_bytes) {
  std::size_t end = std::min(text.size(), max_bytes);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  std::string out = WithoutControlPoints(text.substr(0, end), '?');
  if (end < text.size()) out += "…";
  return out;
}

}  // namespace sluice
