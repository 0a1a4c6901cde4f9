#include "delta/partition_filter.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/encoding.h"
#include "delta/column_path.h"
#include "delta/file_batch_builder.h"
#include "delta/live_files.h"
#include "delta/partition_columns.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;

constexpr std::size_t kShownBytes = 200;
/// Partitions that a judge remembers; more begin anew.
constexpr std::size_t kMaxDecided = 4096;

template <typename... Args>
tl::unexpected<Error> Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Fail(ErrorKind::kDataMissing, "row filter: {}",
              fmt::format(format, std::forward<Args>(args)...));
}

/// Types of which every value that can be read is known exactly.
bool ComparesExactly(Kind kind) {
  switch (kind) {
    case Kind::kString:
    case Kind::kLong:
    case Kind::kInteger:
    case Kind::kShort:
    case Kind::kByte:
    case Kind::kDecimal:
    case Kind::kBoolean:
    case Kind::kDate:
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return true;
    default:
      return false;
  }
}

std::string NameOf(const predicate::Column& column) {
  std::string name;
  for (const auto& part : column.path) name += (name.empty() ? "" : ".") + part;
  return Printable(name, kShownBytes);
}

bool IsPartitionColumn(const Metadata& metadata, std::string_view name) {
  return std::any_of(metadata.partition_columns.begin(), metadata.partition_columns.end(),
                     [&](const std::string& column) { return EqualsIgnoreCase(column, name); });
}

/// The first file that is neither shown nor hidden for certain; -1: none.
std::int64_t FirstUndecided(const MatchedFiles& selection, std::int64_t rows) {
  for (std::int64_t row = 0; row < rows; ++row) {
    if (GetBit(selection.some, row) != GetBit(selection.every, row)) return row;
  }
  return -1;
}

}  // namespace

PartitionFilter::PartitionFilter(FileFilter filter, std::vector<std::string> partition_columns,
                                 std::vector<Bound> bound)
    : filter_(std::move(filter)),
      partition_columns_(std::move(partition_columns)),
      bound_(std::move(bound)) {
  // Without column mapping these are the physical names, too.
  for (const Bound& column : bound_) columns_.push_back(column.name);
}

Result<PartitionFilter::Bound> PartitionFilter::FindColumn(const predicate::Column& column,
                                                           const Metadata& metadata,
                                                           const Schema& schema) {
  const std::string name = NameOf(column);
  if (column.cast) return Refuse("column '{}' is cast to another type", name);
  const auto path = FindColumnPath(schema.fields, column);
  if (path.empty()) return Refuse("the table has no column '{}'", name);
  const Field& field = *path.back();
  if (path.size() > 1 || !IsPartitionColumn(metadata, field.name)) {
    return Refuse("'{}' is not a partition column of the table", name);
  }
  if (field.collated) return Refuse("column '{}' has a collation", name);
  if (field.type_changed) return Refuse("the type of column '{}' has changed", name);
  if (!ComparesExactly(field.type->kind)) {
    return Refuse("the values of column '{}' do not compare exactly", name);
  }
  DataType type = *field.type;
  type.fields.clear();
  return Bound{field.name, std::move(type)};
}

Result<PartitionFilter> PartitionFilter::Bind(const predicate::Expression& filter,
                                              const Metadata& metadata, const Schema& schema) {
  if (schema.mapping != ColumnMappingMode::kNone) return Refuse("the table has column mapping");
  std::vector<Bound> bound;
  for (const predicate::Column* column : predicate::ColumnsOf(filter)) {
    SLUICE_TRY(auto found, FindColumn(*column, metadata, schema));
    const bool known = std::any_of(bound.begin(), bound.end(),
                                   [&](const Bound& other) { return other.name == found.name; });
    if (!known) bound.push_back(std::move(found));
  }
  FileFilterOptions options;
  options.partition_columns_only = true;
  options.timestamps = {.utc = false, .exact = true};
  auto made = FileFilter::Bind(filter, schema, metadata, options);
  // What a hint would pass over.
  if (!made.notes().empty()) return Refuse("{}", made.notes().front());
  return PartitionFilter(std::move(made), PhysicalPartitionColumns(metadata, schema),
                         std::move(bound));
}

Result<SnapshotPtr> PartitionFilter::Apply(const SnapshotPtr& snapshot, ThreadPool* pool) const {
  const auto selections = SelectFiles(*snapshot, filter_, pool);
  std::vector<Bits> shown;
  std::int64_t left = 0;
  for (std::size_t i = 0; i < selections.size(); ++i) {
    const FileBatch& batch = *snapshot->batches()[i].files;
    if (selections[i].some != selections[i].every) {
      const std::int64_t row = FirstUndecided(selections[i], batch.num_rows());
      return Refuse("version {}: the partition values of file '{}' do not decide it",
                    snapshot->version(), Printable(batch.Row(row).path, kShownBytes));
    }
    left += CountBits(selections[i].every);
    shown.push_back(selections[i].every);
  }
  if (left == snapshot->num_files()) return snapshot;
  return KeepFiles(*snapshot, shown);
}

Result<bool> PartitionFilter::Shows(const std::vector<PartitionValue>& values) const {
  AddFile file;
  file.path = "of a change";
  file.partition_values = values;
  FileBatchBuilder builder(partition_columns_);
  SLUICE_RETURN_IF_ERROR(builder.Append(file));
  SLUICE_TRY(const auto batches, builder.Finish());
  const MatchedFiles selection = filter_.Select(batches.front());
  if (selection.some != selection.every) return Refuse("partition values do not decide it");
  return GetBit(selection.every, 0);
}

Status PartitionFilter::CheckMeansTheSame(const Metadata& metadata, const Schema& schema) const {
  if (schema.mapping != ColumnMappingMode::kNone) return Refuse("the table had column mapping");
  for (const Bound& bound : bound_) {
    SLUICE_TRY(const auto other, FindColumn({{bound.name}, {}}, metadata, schema));
    const bool same = other.name == bound.name && other.type.kind == bound.type.kind &&
                      other.type.precision == bound.type.precision &&
                      other.type.scale == bound.type.scale;
    if (!same) return Refuse("column '{}' is another one in another version", bound.name);
  }
  return {};
}

Result<bool> PartitionJudge::Shows(const std::vector<PartitionValue>& values) {
  if (filter_ == nullptr) return true;
  std::string key;
  for (const auto& column : filter_->columns()) {
    for (const auto& [name, value] : values) {
      if (name != column) continue;
      key += value ? fmt::format("{}:{}", value->size(), *value) : std::string("-");
      break;
    }
    key += '\n';
  }
  if (const auto found = decided_.find(key); found != decided_.end()) return found->second;
  SLUICE_TRY(const bool shown, filter_->Shows(values));
  if (decided_.size() == kMaxDecided) decided_.clear();
  decided_.emplace(std::move(key), shown);
  return shown;
}

}  // namespace sluice::delta
