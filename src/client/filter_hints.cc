#include "client/filter_hints.h"

#include "client/scan_plan.h"
#include "delta/column_path.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using Kind = delta::DataType::Kind;
using predicate::ValueType;

/// Requests are bounded; a filter that is longer still filters.
constexpr std::size_t kMaxHintBytes = std::size_t{256} << 10;

/// Types whose statistics bound all values for whoever compares them as they are written. Those of
/// floating numbers leave NaN out, and those of timestamps are cut to milliseconds.
std::optional<ValueType> ValueTypeOf(const delta::DataType& type) {
  using K = ValueType::Kind;
  switch (type.kind) {
    case Kind::kBoolean:
      return ValueType{K::kBoolean};
    case Kind::kByte:
    case Kind::kShort:
    case Kind::kInteger:
      return ValueType{K::kInt};
    case Kind::kLong:
      return ValueType{K::kLong};
    case Kind::kString:
      return ValueType{K::kString};
    case Kind::kDate:
      return ValueType{K::kDate};
    default:
      return std::nullopt;
  }
}

std::string JsonOf(const predicate::Expression& filter, const TableInfo& table) {
  const auto schema = SchemaOf(table.metadata);
  if (!schema) return {};
  const auto json = predicate::ToJsonHint(
      filter, [&schema](const predicate::Column& column) -> std::optional<ValueType> {
        const auto path = delta::FindColumnPath(schema->fields, column);
        return path.size() == 1 ? ValueTypeOf(*path.front()->type) : std::nullopt;
      });
  return json && json->size() <= kMaxHintBytes ? *json : std::string();
}

}  // namespace

FilterHints HintsOf(const predicate::Expression& filter, const std::optional<TableInfo>& table) {
  FilterHints hints;
  std::size_t bytes = 0;
  const auto add = [&](const predicate::Expression& condition) {
    std::string text = predicate::ToSql(condition);
    bytes += text.size();
    if (bytes <= kMaxHintBytes) hints.sql.push_back(std::move(text));
  };
  if (filter.kind() == predicate::Expression::Kind::kAnd) {
    for (const auto& child : filter.children()) add(*child);
  } else {
    add(filter);
  }
  if (table) hints.json = JsonOf(filter, *table);
  return hints;
}

}  // namespace sluice::client
