#include "predicate/sql_lexer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.h"

namespace sluice::predicate {
namespace {

using Kind = SqlToken::Kind;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNamePart(char c) {
  return IsNameStart(c) || IsDigit(c);
}

void AppendUtf8(std::uint32_t code, std::string* out) {
  const auto put = [out](std::uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// The longest first.
constexpr std::array<std::string_view, 26> kSymbols{
    "<=>", "<=", "<>", ">=", "!=", "==", "||", "::", "&&", "=", "<", ">", "(",
    ")",   ",",  ".",  "+",  "-",  "*",  "/",  "%",  "!",  "&", "|", "^", "~"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<SqlToken>> Run() {
    std::vector<SqlToken> tokens;
    for (;;) {
      SLUICE_RETURN_IF_ERROR(SkipSpace());
      token_ = SqlToken{Kind::kEnd, "", at_};
      if (at_ == text_.size()) break;
      SLUICE_RETURN_IF_ERROR(ReadToken());
      // Strings next to each other are one.
      if (token_.kind == Kind::kString && !tokens.empty() && tokens.back().kind == Kind::kString) {
        tokens.back().text += token_.text;
        continue;
      }
      tokens.push_back(std::move(token_));
    }
    tokens.push_back(token_);
    return tokens;
  }

 private:
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  Status SkipSpace() {
    for (;;) {
      while (at_ < text_.size() &&
             std::string_view(" \t\r\n\f\v").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      }
      if (Peek() == '-' && Peek(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (Peek() == '/' && Peek(1) == '*') {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return Refuse("a comment does not end");
        at_ = end + 2;
      } else {
        return {};
      }
    }
  }

  tl::unexpected<Error> Refuse(std::string_view what) const {
    return Fail(ErrorKind::kMalformed, "{} at offset {}", what, token_.offset);
  }

  Status ReadToken() {
    const char c = Peek();
    if (c == '\'' || c == '"') return ReadString(c, false);
    if ((c == 'r' || c == 'R') && (Peek(1) == '\'' || Peek(1) == '"')) {
      ++at_;
      return ReadString(Peek(), true);
    }
    if (c == '`') return ReadQuotedName();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return ReadNumber();
    if (IsNameStart(c)) {
      token_.kind = Kind::kName;
      while (at_ < text_.size() && IsNamePart(text_[at_])) token_.text.push_back(text_[at_++]);
      return {};
    }
    for (const auto symbol : kSymbols) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      token_.kind = Kind::kSymbol;
      token_.text = symbol;
      at_ += symbol.size();
      return {};
    }
    return Refuse("a character that is not SQL");
  }

  /// A quote within is doubled or, unless `raw`, escaped.
  Status ReadString(char quote, bool raw) {
    token_.kind = Kind::kString;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == quote) {
        if (Peek(1) != quote || raw) {
          ++at_;
          return {};
        }
        ++at_;
      }
      if (c == '\\' && !raw) {
        ++at_;
        ReadEscape();
        continue;
      }
      token_.text.push_back(c);
    }
    return Refuse("a string does not end");
  }

  /// `at_` is behind the backslash, and afterwards at the last character of the escape.
  void ReadEscape() {
    const char c = Peek();
    std::uint32_t code = 0;
    if ((c == 'u' && ReadCode(1, 4, 16, &code)) || (c == 'U' && ReadCode(1, 8, 16, &code))) {
      const std::size_t digits = c == 'u' ? 4 : 8;
      const std::size_t low = at_ + digits + 1;
      std::uint32_t second = 0;
      at_ += digits;
      if (c == 'u' && code >= 0xD800 && code < 0xDC00 && text_.substr(low).starts_with("\\u") &&
          ReadCode(3, 4, 16, &second) && second >= 0xDC00 && second < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
        at_ += 6;
      }
      AppendUtf8(code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code,
                 &token_.text);
      return;
    }
    if (c >= '0' && c <= '3' && ReadCode(0, 3, 8, &code)) {
      at_ += 2;
      AppendUtf8(code, &token_.text);
      return;
    }
    constexpr std::string_view kEscapes = "0bntrZ";
    constexpr std::string_view kMeanings("\0\b\n\t\r\x1a", 6);
    if (const auto known = kEscapes.find(c); known != std::string_view::npos) {
      token_.text.push_back(kMeanings[known]);
      return;
    }
    // The wildcards of LIKE keep their escape.
    if (c == '%' || c == '_') token_.text.push_back('\\');
    if (at_ < text_.size()) token_.text.push_back(c);
  }

  bool ReadCode(std::size_t from, std::size_t digits, std::uint32_t base, std::uint32_t* code) {
    std::uint32_t value = 0;
    for (std::size_t i = from; i < from + digits; ++i) {
      const char c = ToUpper(Peek(i));
      std::uint32_t digit = 99;
      if (IsDigit(c)) digit = static_cast<std::uint32_t>(c - '0');
      if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
      if (digit >= base) return false;
      value = value * base + digit;
    }
    *code = value;
    return true;
  }

  Status ReadQuotedName() {
    token_.kind = Kind::kQuoted;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '`') {
        if (Peek(1) != '`') {
          ++at_;
          return {};
        }
        ++at_;
      }
      token_.text.push_back(text_[at_]);
    }
    return Refuse("a quoted name does not end");
  }

  Status ReadNumber() {
    token_.kind = Kind::kNumber;
    const std::size_t begin = at_;
    while (IsDigit(Peek())) ++at_;
    if (Peek() == '.') {
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    const std::size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 2 : 1;
    if (ToUpper(Peek()) == 'E' && IsDigit(Peek(sign))) {
      at_ += sign;
      while (IsDigit(Peek())) ++at_;
    }
    // A suffix of type; what else follows a number is an error of the parser.
    while (IsNamePart(Peek())) ++at_;
    token_.text = text_.substr(begin, at_ - begin);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  SqlToken token_;
};

}  // namespace

bool SqlToken::IsWord(std::string_view word) const {
  return kind == Kind::kName && std::equal(text.begin(), text.end(), word.begin(), word.end(),
                                           [](char a, char b) { return ToUpper(a) == b; });
}

Result<std::vector<SqlToken>> TokenizeSql(std::string_view text) {
  return Lexer(text).Run();
}

}  // namespace sluice::predicate
