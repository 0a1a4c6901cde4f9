#include "fuzz.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

using sluice::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::predicate;
  const auto expression = ParseSqlPredicate(sluice::fuzz::AsText(data, size));
  Require(expression->depth() <= Expression::kMaxDepth);
  Require(expression->nodes() <= Expression::kMaxNodes);
  if (!expression->has_unknown()) {
    Require(Equal(*expression, *ParseSqlPredicate(ToSql(*expression))));
  }
  (void)ToJsonHint(*expression, {});
  return 0;
}
