// Splits SQL text into tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::predicate {

struct SqlToken {
  enum class Kind {
    kEnd,
    kName,    ///< As written.
    kQuoted,  ///< A name in backquotes, without them.
    kString,  ///< Its value.
    kNumber,  ///< As written, with its suffix.
    kSymbol,  ///< An operator or punctuation mark.
  };
  Kind kind = Kind::kEnd;
  std::string text;
  std::size_t offset = 0;  ///< Bytes into the text.

  bool IsSymbol(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  /// `word` in upper case.
  bool IsWord(std::string_view word) const;
};

/// The tokens, with a kEnd as the last. Errors: kMalformed naming the offset.
Result<std::vector<SqlToken>> TokenizeSql(std::string_view text);

}  // namespace sluice::predicate
