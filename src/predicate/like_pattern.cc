#include "predicate/like_pattern.h"

namespace sluice::predicate {

ExpressionPtr LikePattern(const Column& column, std::string_view pattern, char escape) {
  std::string prefix;
  std::size_t at = 0;
  for (; at < pattern.size() && pattern[at] != '%' && pattern[at] != '_'; ++at) {
    if (pattern[at] == escape) {
      ++at;
      // What else may be escaped differs between engines.
      if (at == pattern.size() ||
          (pattern[at] != '%' && pattern[at] != '_' && pattern[at] != escape)) {
        return Unknown("LIKE with an escape that means nothing");
      }
    }
    prefix.push_back(pattern[at]);
  }
  if (at == pattern.size()) {
    return Compare(column, CompareOp::kEqual, {std::move(prefix), {ValueType::Kind::kString}});
  }
  auto expression = HasPrefix(column, std::move(prefix));
  if (pattern.find_first_not_of('%', at) == std::string_view::npos) return expression;
  return And({std::move(expression), Unknown("LIKE with a wildcard before its end")});
}

}  // namespace sluice::predicate
