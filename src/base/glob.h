// Patterns that choose names of files, as shells have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// A pattern of a relative path whose segments are separated by '/'. In a segment `*` stands for
/// any text, `?` for one character, `[a-z_]` for one of these and `[!a]` for one of the others;
/// each of them stands for itself in brackets. A segment `**` stands for any folders, also none.
/// Letters count as they are written.
///
/// What is hidden, a segment that begins with '.' or '_' and is no partition ("_day=1"), is matched
/// only by a segment that begins with the same character.
class Glob {
 public:
  /// Errors: kInvalidArgument that says what is wrong with the pattern.
  static Result<Glob> Parse(std::string_view pattern);
  /// All of them, in order. Errors: that of the first which is none.
  static Result<std::vector<Glob>> ParseAll(const std::vector<std::string>& patterns);

  bool Matches(std::string_view path) const;
  /// What every path that matches begins with.
  const std::string& prefix() const { return prefix_; }
  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> segments_;
  std::string prefix_;
  std::string text_;
};

/// Whether a segment of a path is hidden, see Glob.
bool IsHiddenSegment(std::string_view segment);

}  // namespace sluice
