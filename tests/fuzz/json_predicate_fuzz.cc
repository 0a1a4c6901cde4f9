#include "fuzz.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

using sluice::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::predicate;
  const auto expression = ParseJsonPredicate(sluice::fuzz::AsText(data, size));
  Require(expression->depth() <= Expression::kMaxDepth);
  Require(expression->nodes() <= Expression::kMaxNodes);
  Require(expression->has_unknown() == !UnknownReasons(*expression).empty());
  const std::string sql = ToSql(*expression);
  if (!expression->has_unknown()) {
    Require(Equal(*expression, *ParseSqlPredicate(sql)));
  }
  // What is written for other servers is understood here.
  if (const auto hint = ToJsonHint(*expression, {}); hint && expression->nodes() < 1000) {
    Require(!ParseJsonPredicate(*hint)->has_unknown() || expression->depth() > 90);
  }
  return 0;
}
