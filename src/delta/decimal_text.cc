#include "delta/decimal_text.h"

#include <charconv>

namespace sluice::delta {
namespace {

constexpr int kMaxDigits = 38;
constexpr int kMaxExponent = 1000;

/// 10^power; nullopt where it has more than 38 digits behind the 1.
std::optional<Int128> PowerOfTen(int power) {
  if (power < 0 || power > kMaxDigits) return std::nullopt;
  Int128 value = 1;
  for (int i = 0; i < power; ++i) value *= 10;
  return value;
}

}  // namespace

std::optional<DecimalText> ParseDecimalText(std::string_view text) {
  DecimalText out;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int digits = 0;
  int significant = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    ++digits;
    if (significant > 0 || c != '0') ++significant;
    if (significant > kMaxDigits) return std::nullopt;
    out.digits = out.digits * 10 + (c - '0');
    out.scale += point ? 1 : 0;
    if (out.scale > kMaxExponent) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  if (negative) out.digits = -out.digits;
  if (at == text.size()) return out;
  if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
  ++at;
  if (at < text.size() && text[at] == '+') ++at;
  int exponent = 0;
  const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      exponent > kMaxExponent || exponent < -kMaxExponent) {
    return std::nullopt;
  }
  out.scale -= exponent;
  return out;
}

std::optional<WideRange> AtScale(const DecimalText& value, int scale) {
  if (value.digits == 0) return WideRange{0, 0};
  if (value.scale <= scale) {
    const auto factor = PowerOfTen(scale - value.scale);
    Int128 digits = 0;
    if (!factor || __builtin_mul_overflow(value.digits, *factor, &digits)) return std::nullopt;
    return WideRange{digits, digits};
  }
  const auto divisor = PowerOfTen(value.scale - scale);
  if (!divisor) return value.digits < 0 ? WideRange{-1, 0} : WideRange{0, 1};
  const Int128 quotient = value.digits / *divisor;
  if (quotient * *divisor == value.digits) return WideRange{quotient, quotient};
  return value.digits < 0 ? WideRange{quotient - 1, quotient} : WideRange{quotient, quotient + 1};
}

}  // namespace sluice::delta
