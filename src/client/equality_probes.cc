#include "client/equality_probes.h"

#include <arrow/scalar.h>
#include <parquet/xxhasher.h>

#include <algorithm>
#include <cmath>

#include "client/literal_place.h"
#include "delta/column_path.h"

namespace sluice::client {
namespace {

using parquet::Type;
using predicate::CompareOp;
using predicate::Expression;
using predicate::ExpressionPtr;
using Kind = Expression::Kind;

bool IsEquality(const Expression& expression) {
  if (expression.kind() == Kind::kIn) return true;
  return expression.kind() == Kind::kCompare &&
         (expression.op() == CompareOp::kEqual || expression.op() == CompareOp::kNullSafeEqual);
}

/// A column of the table in a file, down to the field that a predicate names.
struct FoundLeaf {
  int leaf = 0;
  const delta::Field* field = nullptr;
};

std::optional<FoundLeaf> Find(const predicate::Column& column, const FileSkipper& skipper,
                              const JudgedColumns& columns) {
  const auto path = delta::FindColumnPath(skipper.schema().fields, column);
  if (path.empty() || column.cast) return std::nullopt;
  const auto& tops = columns.fields;
  const auto top = std::find_if(tops.begin(), tops.end(), [&path](const delta::Field& field) {
    return field.name == path.front()->physical_name;
  });
  if (top == tops.end()) return std::nullopt;
  const auto* have = &columns.manifest.schema_fields[static_cast<std::size_t>(top - tops.begin())];
  for (std::size_t i = 1; i < path.size(); ++i) {
    // Judged columns have the table's type, so also its fields in their order.
    const auto at = static_cast<std::size_t>(path[i] - path[i - 1]->type->fields.data());
    if (at >= have->children.size()) return std::nullopt;
    have = &have->children[at];
  }
  if (!have->is_leaf() || path.back()->collated) return std::nullopt;
  return FoundLeaf{have->column_index, path.back()};
}

/// Whole numbers, and what is stored as such.
std::optional<std::int64_t> WholeOf(const arrow::Scalar& value) {
  switch (value.type->id()) {
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Scalar&>(value).value;
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Scalar&>(value).value;
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(value).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(value).value;
    case arrow::Type::DATE32:
      return static_cast<const arrow::Date32Scalar&>(value).value;
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampScalar&>(value).value;
    case arrow::Type::DECIMAL128: {
      const auto& digits = static_cast<const arrow::Decimal128Scalar&>(value).value;
      const auto low = static_cast<std::int64_t>(digits.low_bits());
      if (digits.high_bits() != (low < 0 ? -1 : 0)) return std::nullopt;
      return low;
    }
    default:
      return std::nullopt;
  }
}

template <typename Floating>
std::vector<std::uint64_t> HashesOfNumber(const arrow::Scalar& value) {
  if (value.type->id() != arrow::Type::DOUBLE) return {};
  const double number = static_cast<const arrow::DoubleScalar&>(value).value;
  const auto narrow = static_cast<Floating>(number);
  if (std::isnan(number) || static_cast<double>(narrow) != number) return {};
  const parquet::XxHasher hasher;
  if (number == 0) return {hasher.Hash(Floating{0}), hasher.Hash(-Floating{0})};
  return {hasher.Hash(narrow)};
}

/// Decimals, the highest byte first.
std::vector<std::uint64_t> HashesOfDigits(const arrow::Scalar& value, int length) {
  constexpr int kDigitsBytes = 16;
  if (value.type->id() != arrow::Type::DECIMAL128 || length <= 0 || length > kDigitsBytes) {
    return {};
  }
  auto bytes = static_cast<const arrow::Decimal128Scalar&>(value).value.ToBytes();
  std::reverse(bytes.begin(), bytes.end());
  const parquet::FLBA digits(bytes.data() + kDigitsBytes - length);
  return {parquet::XxHasher().Hash(&digits, static_cast<std::uint32_t>(length))};
}

/// Empty: it cannot be said how the file would store `value`.
std::vector<std::uint64_t> HashesOf(const arrow::Scalar& value,
                                    const parquet::ColumnDescriptor& leaf) {
  const parquet::XxHasher hasher;
  switch (leaf.physical_type()) {
    case Type::INT32: {
      const auto whole = WholeOf(value);
      if (!whole || static_cast<std::int32_t>(*whole) != *whole) return {};
      return {hasher.Hash(static_cast<std::int32_t>(*whole))};
    }
    case Type::INT64: {
      const auto whole = WholeOf(value);
      if (!whole) return {};
      return {hasher.Hash(*whole)};
    }
    case Type::FLOAT:
      return HashesOfNumber<float>(value);
    case Type::DOUBLE:
      return HashesOfNumber<double>(value);
    case Type::BYTE_ARRAY:
      if (value.type->id() != arrow::Type::STRING) return {};
      return {hasher.Hash(static_cast<const arrow::StringScalar&>(value).view())};
    case Type::FIXED_LEN_BYTE_ARRAY:
      return HashesOfDigits(value, leaf.type_length());
    default:
      return {};
  }
}

/// Neither true nor null for a row, but null where the column is: no value is equal.
ExpressionPtr Nowhere(const Expression& equality) {
  if (equality.kind() == Kind::kCompare && equality.op() == CompareOp::kNullSafeEqual) {
    return predicate::Constant(false);
  }
  const predicate::Literal null{std::nullopt, equality.literals().front().type};
  return predicate::And({predicate::Compare(equality.column(), CompareOp::kEqual, null),
                         predicate::IsNull(equality.column())});
}

}  // namespace

EqualityProbes::EqualityProbes(const FileSkipper& skipper,
                               const parquet::arrow::SchemaManifest& manifest,
                               const parquet::SchemaDescriptor& schema) {
  Add(*skipper.predicate(), skipper, skipper.ColumnsIn(manifest), schema);
}

void EqualityProbes::Add(const Expression& expression, const FileSkipper& skipper,
                         const JudgedColumns& columns, const parquet::SchemaDescriptor& schema) {
  for (const auto& child : expression.children()) Add(*child, skipper, columns, schema);
  if (!IsEquality(expression)) return;
  const auto found = Find(expression.column(), skipper, columns);
  if (!found) return;
  for (const predicate::Literal& literal : expression.literals()) {
    if (!literal.text) continue;
    const auto place = PlaceOf(literal, *found->field->type);
    if (!place || !place->exact) continue;
    auto hashes = HashesOf(*place->below, *schema.Column(found->leaf));
    if (hashes.empty()) continue;
    probes_[&literal] = {found->leaf, std::move(hashes)};
    leaves_.insert(found->leaf);
  }
}

/// Which of the probes hit nothing.
struct EqualityProbes::Lookup {
  const std::map<const predicate::Literal*, Probe>& probes;
  const std::function<const parquet::BloomFilter*(int leaf)>& filter_of;

  bool IsAbsent(const predicate::Literal& literal) const {
    const auto probe = probes.find(&literal);
    if (probe == probes.end()) return false;
    const parquet::BloomFilter* filter = filter_of(probe->second.leaf);
    if (filter == nullptr) return false;
    const auto& hashes = probe->second.hashes;
    return std::none_of(hashes.begin(), hashes.end(),
                        [filter](std::uint64_t hash) { return filter->FindHash(hash); });
  }

  ExpressionPtr Rewrite(const ExpressionPtr& expression) const {
    if (IsEquality(*expression)) return RewriteEquality(expression);
    if (expression->children().empty()) return expression;
    std::vector<ExpressionPtr> children;
    for (const auto& child : expression->children()) children.push_back(Rewrite(child));
    if (children == expression->children()) return expression;
    switch (expression->kind()) {
      case Kind::kAnd:
        return predicate::And(std::move(children));
      case Kind::kOr:
        return predicate::Or(std::move(children));
      default:
        return predicate::Not(std::move(children.front()));
    }
  }

  ExpressionPtr RewriteEquality(const ExpressionPtr& equality) const {
    std::vector<predicate::Literal> left;
    for (const auto& literal : equality->literals()) {
      if (!IsAbsent(literal)) left.push_back(literal);
    }
    if (left.size() == equality->literals().size()) return equality;
    if (left.empty()) return Nowhere(*equality);
    return predicate::In(equality->column(), std::move(left));
  }
};

ExpressionPtr EqualityProbes::Without(
    const ExpressionPtr& predicate,
    const std::function<const parquet::BloomFilter*(int leaf)>& filter_of) const {
  return Lookup{probes_, filter_of}.Rewrite(predicate);
}

}  // namespace sluice::client
