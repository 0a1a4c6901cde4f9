#include "server/api/file_lines.h"

namespace sluice::api {

FileLines::FileLines(FileLinesOptions options) : options_(std::move(options)) {
  const delta::Snapshot& snapshot = *options_.snapshot;
  const bool parquet = options_.line.format == protocol::ResponseFormat::kParquet;
  for (const auto& column : snapshot.metadata().partition_columns) {
    const delta::Field* field = snapshot.schema().Find(column);
    partition_names_.push_back(parquet || field == nullptr ? column : field->physical_name);
  }
}

Status FileLines::AppendRow(const delta::FileBatch& batch, std::int64_t row, FileLine& line,
                            std::string* out) const {
  const delta::FileRow file = batch.Row(row);
  SLUICE_RETURN_IF_ERROR(line.SetPath(file.path));
  protocol::FileView& view = line.view();
  view.partition_values.clear();
  for (std::size_t i = 0; i < partition_names_.size(); ++i) {
    view.partition_values.emplace_back(partition_names_[i], batch.PartitionValueAt(i, row));
  }
  view.size = file.size;
  view.stats = file.stats;
  if (options_.with_version) {
    view.version = options_.snapshot->version();
    view.timestamp_ms = options_.snapshot->timestamp_ms();
  }
  view.modification_time = file.modification_time;
  view.base_row_id = file.base_row_id;
  view.default_row_commit_version = file.default_row_commit_version;
  view.clustering_provider = file.clustering_provider;
  if (batch.deletion_vector != nullptr) {
    SLUICE_RETURN_IF_ERROR(line.SetDeletionVector(batch.DeletionVectorAt(row)));
  }
  line.Append(out);
  return {};
}

Status FileLines::Append(const RowSpan& span, std::string* out) const {
  const delta::LiveBatch& batch = options_.snapshot->batches()[span.batch];
  FileLine line(options_.line);
  for (std::int64_t row = span.begin; row < span.end; ++row) {
    if (!batch.IsLive(row)) continue;
    if (auto appended = AppendRow(*batch.files, row, line, out); !appended) {
      return Fail(OfFile(std::move(appended).error(),
                         fmt::format("version {}, file '{}'", options_.snapshot->version(),
                                     batch.files->Row(row).path)));
    }
  }
  return {};
}

Status FileLines::AppendSlice(const QueryPlan& plan, std::size_t slice, std::string* out) const {
  for (std::size_t i = plan.slice_begins[slice]; i < plan.slice_begins[slice + 1]; ++i) {
    SLUICE_RETURN_IF_ERROR(Append(plan.spans[i], out));
  }
  return {};
}

}  // namespace sluice::api
