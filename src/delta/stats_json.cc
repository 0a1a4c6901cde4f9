#include "delta/stats_json.h"

#include <arrow/array/builder_binary.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/arrow_status.h"
#include "base/encoding.h"
#include "delta/time_text.h"

namespace sluice::delta {
namespace {

template <typename ArrayType>
const ArrayType& As(const arrow::Array& array) {
  return static_cast<const ArrayType&>(array);
}

bool AppendFloating(double value, std::string* out) {
  if (!std::isfinite(value)) return false;
  fmt::format_to(std::back_inserter(*out), "{}", value);
  return true;
}

bool AppendFloating(float value, std::string* out) {
  if (!std::isfinite(value)) return false;
  fmt::format_to(std::back_inserter(*out), "{}", value);
  return true;
}

bool AppendTime(const arrow::Array& array, std::int64_t row, bool utc, std::string* out) {
  const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
  const auto raw = As<arrow::TimestampArray>(array).Value(row);
  std::int64_t micros = 0;
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      if (__builtin_mul_overflow(raw, std::int64_t{1'000'000}, &micros)) return false;
      break;
    case arrow::TimeUnit::MILLI:
      if (__builtin_mul_overflow(raw, std::int64_t{1'000}, &micros)) return false;
      break;
    case arrow::TimeUnit::MICRO:
      micros = raw;
      break;
    case arrow::TimeUnit::NANO:
      micros = raw / 1'000 - (raw % 1'000 < 0 ? 1 : 0);
      break;
  }
  out->push_back('"');
  if (!AppendTimestamp(micros, utc, out)) return false;
  out->push_back('"');
  return true;
}

class Renderer {
 public:
  explicit Renderer(std::string* out) : out_(out) {}

  /// False when the value has no JSON form here; what was written of it is to be dropped.
  bool Value(const arrow::Array& array, const StatsNode& node, std::int64_t row) {
    switch (array.type_id()) {
      case arrow::Type::STRUCT:
        return Object(As<arrow::StructArray>(array), node, row);
      case arrow::Type::INT8:
        return Integer(As<arrow::Int8Array>(array).Value(row));
      case arrow::Type::INT16:
        return Integer(As<arrow::Int16Array>(array).Value(row));
      case arrow::Type::INT32:
        return Integer(As<arrow::Int32Array>(array).Value(row));
      case arrow::Type::INT64:
        return Integer(As<arrow::Int64Array>(array).Value(row));
      case arrow::Type::FLOAT:
        return AppendFloating(As<arrow::FloatArray>(array).Value(row), out_);
      case arrow::Type::DOUBLE:
        return AppendFloating(As<arrow::DoubleArray>(array).Value(row), out_);
      case arrow::Type::BOOL:
        out_->append(As<arrow::BooleanArray>(array).Value(row) ? "true" : "false");
        return true;
      case arrow::Type::DECIMAL128:
        out_->append(As<arrow::Decimal128Array>(array).FormatValue(row));
        return true;
      case arrow::Type::DATE32:
        return Date(As<arrow::Date32Array>(array).Value(row));
      case arrow::Type::TIMESTAMP:
        return AppendTime(array, row, node.utc, out_);
      case arrow::Type::STRING:
        AppendJsonString(As<arrow::StringArray>(array).GetView(row), out_);
        return true;
      case arrow::Type::LARGE_STRING:
        AppendJsonString(As<arrow::LargeStringArray>(array).GetView(row), out_);
        return true;
      default:
        return false;
    }
  }

 private:
  bool Integer(std::int64_t value) {
    fmt::format_to(std::back_inserter(*out_), "{}", value);
    return true;
  }

  bool Date(std::int32_t days) {
    out_->push_back('"');
    if (!AppendDate(days, out_)) return false;
    out_->push_back('"');
    return true;
  }

  bool Object(const arrow::StructArray& array, const StatsNode& node, std::int64_t row) {
    out_->push_back('{');
    const int count = std::min(array.num_fields(), static_cast<int>(node.children.size()));
    bool first = true;
    for (int i = 0; i < count; ++i) {
      const auto& child = *array.field(i);
      if (child.IsNull(row)) continue;
      const auto before = out_->size();
      const auto& child_node = node.children[static_cast<std::size_t>(i)];
      if (!first) out_->push_back(',');
      AppendJsonString(child_node.name, out_);
      out_->push_back(':');
      if (Value(child, child_node, row)) {
        first = false;
      } else {
        out_->resize(before);
      }
    }
    out_->push_back('}');
    return true;
  }

  std::string* out_;
};

}  // namespace

StatsNode MakeStatsNode(const parquet::arrow::SchemaField& field,
                        const parquet::SchemaDescriptor& schema) {
  StatsNode node;
  node.name = field.field->name();
  const auto& type = *field.field->type();
  if (type.id() == arrow::Type::TIMESTAMP) {
    const bool adjusted = !static_cast<const arrow::TimestampType&>(type).timezone().empty();
    node.utc = adjusted || (field.is_leaf() && schema.Column(field.column_index)->physical_type() ==
                                                   parquet::Type::INT96);
  }
  for (const auto& child : field.children) node.children.push_back(MakeStatsNode(child, schema));
  return node;
}

Result<std::shared_ptr<arrow::StringArray>> StatsToJson(const arrow::StructArray& stats,
                                                        const StatsNode& node,
                                                        const arrow::StringArray* text) {
  constexpr std::string_view kPlace = "add.stats_parsed";
  arrow::StringBuilder builder;
  std::string rendered;
  for (std::int64_t row = 0; row < stats.length(); ++row) {
    if (text != nullptr && text->IsValid(row)) {
      SLUICE_RETURN_IF_ARROW(builder.Append(text->GetView(row)), kPlace);
      continue;
    }
    if (stats.IsNull(row)) {
      SLUICE_RETURN_IF_ARROW(builder.AppendNull(), kPlace);
      continue;
    }
    rendered.clear();
    Renderer(&rendered).Value(stats, node, row);
    SLUICE_RETURN_IF_ARROW(builder.Append(rendered), kPlace);
  }
  std::shared_ptr<arrow::StringArray> json;
  SLUICE_RETURN_IF_ARROW(builder.Finish(&json), kPlace);
  return json;
}

}  // namespace sluice::delta
