#include "parquet_table/footer_stats.h"

#include <fmt/format.h>

#include <iterator>
#include <limits>
#include <map>

#include "base/encoding.h"
#include "parquet_table/leaf_stats.h"

namespace sluice::parquet_table {
namespace {

using delta::Field;
using parquet::arrow::SchemaField;
using Kind = delta::DataType::Kind;

/// The leaves that statistics may know, by their place in the file.
using LeafMap = std::map<int, LeafStats>;

void AddLeaves(const parquet::SchemaDescriptor& schema, const std::vector<SchemaField>& sources,
               const std::vector<Field>& fields, LeafMap* leaves) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const delta::DataType& type = *fields[i].type;
    if (type.kind == Kind::kStruct) {
      AddLeaves(schema, sources[i].children, type.fields, leaves);
    } else if (sources[i].is_leaf()) {
      const int column = sources[i].column_index;
      leaves->try_emplace(column, *schema.Column(column), type);
    }
  }
}

/// Writes one section after another, each an object with the shape of the columns.
class Sections {
 public:
  Sections(const std::vector<SchemaField>& sources, const std::vector<Field>& fields,
           const LeafMap& leaves)
      : sources_(sources), fields_(fields), leaves_(leaves) {}

  /// `append` appends a leaf's value; false where it has none.
  template <typename Append>
  void Write(std::string_view name, const Append& append, std::string* out) const {
    const auto before = out->size();
    fmt::format_to(std::back_inserter(*out), ",\"{}\":", name);
    if (!WriteObject(sources_, fields_, append, out)) out->resize(before);
  }

 private:
  template <typename Append>
  bool WriteObject(const std::vector<SchemaField>& sources, const std::vector<Field>& fields,
                   const Append& append, std::string* out) const {
    bool some = false;
    out->push_back('{');
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto before = out->size();
      if (some) out->push_back(',');
      AppendJsonString(fields[i].name, out);
      out->push_back(':');
      const bool written =
          fields[i].type->kind == Kind::kStruct
              ? WriteObject(sources[i].children, fields[i].type->fields, append, out)
              : WriteLeaf(sources[i].column_index, append, out);
      if (!written) out->resize(before);
      some = some || written;
    }
    out->push_back('}');
    return some;
  }

  template <typename Append>
  bool WriteLeaf(int column, const Append& append, std::string* out) const {
    const auto leaf = leaves_.find(column);
    return leaf != leaves_.end() && append(leaf->second, out);
  }

  const std::vector<SchemaField>& sources_;
  const std::vector<Field>& fields_;
  const LeafMap& leaves_;
};

}  // namespace

struct StatsBuilder::Leaves {
  LeafMap map;
};

StatsBuilder::StatsBuilder(const parquet::SchemaDescriptor& schema,
                           const parquet::arrow::SchemaManifest& manifest,
                           const std::vector<Field>& fields)
    : manifest_(manifest), fields_(fields), leaves_(new Leaves) {
  AddLeaves(schema, manifest.schema_fields, fields, &leaves_->map);
}

StatsBuilder::~StatsBuilder() = default;

std::vector<int> StatsBuilder::leaves() const {
  std::vector<int> columns;
  for (const auto& [column, leaf] : leaves_->map) columns.push_back(column);
  return columns;
}

void StatsBuilder::Add(std::int64_t rows, const StatsOfLeaf& stats) {
  rows_ += rows;
  for (auto& [column, leaf] : leaves_->map) leaf.Add(stats(column).get(), rows);
}

std::string StatsBuilder::Json() const {
  bool tight = true;
  for (const auto& [column, leaf] : leaves_->map) tight = tight && leaf.tight();
  std::string out = fmt::format(R"({{"numRecords":{},"tightBounds":{})", rows_, tight);
  const Sections sections(manifest_.schema_fields, fields_, leaves_->map);
  sections.Write(
      "minValues", [](const LeafStats& leaf, std::string* to) { return leaf.AppendMin(to); }, &out);
  sections.Write(
      "maxValues", [](const LeafStats& leaf, std::string* to) { return leaf.AppendMax(to); }, &out);
  sections.Write(
      "nullCount",
      [](const LeafStats& leaf, std::string* to) {
        const auto nulls = leaf.null_count();
        if (nulls) to->append(std::to_string(*nulls));
        return nulls.has_value();
      },
      &out);
  out.push_back('}');
  return out;
}

std::shared_ptr<const parquet::EncodedStatistics> StatsOf(
    const parquet::ColumnChunkMetaData& chunk) {
  return chunk.is_stats_set() ? chunk.encoded_statistics() : nullptr;
}

Result<std::string> StatsJson(const parquet::FileMetaData& metadata,
                              const parquet::arrow::SchemaManifest& manifest,
                              const std::vector<Field>& fields) {
  StatsBuilder stats(*metadata.schema(), manifest, fields);
  std::int64_t rows = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto group = metadata.RowGroup(i);
    const std::int64_t more = group->num_rows();
    if (more < 0 || more > std::numeric_limits<std::int64_t>::max() - rows) {
      return Fail(ErrorKind::kCorrupt, "row group {} has {} rows", i, more);
    }
    rows += more;
    stats.Add(more, [&group](int leaf) { return StatsOf(*group->ColumnChunk(leaf)); });
  }
  if (rows != metadata.num_rows()) {
    return Fail(ErrorKind::kCorrupt, "the row groups have {} rows, the file says {}", rows,
                metadata.num_rows());
  }
  return stats.Json();
}

}  // namespace sluice::parquet_table
