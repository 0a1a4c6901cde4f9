// LIKE in terms of prefixes.
#pragma once

#include <string_view>

#include "predicate/expression.h"

namespace sluice::predicate {

/// `column LIKE pattern`: an equality without wildcards, a prefix where `%` ends the pattern, else
/// the prefix and an Unknown.
ExpressionPtr LikePattern(const Column& column, std::string_view pattern, char escape);

}  // namespace sluice::predicate
