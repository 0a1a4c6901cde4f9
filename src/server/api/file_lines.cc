#include "server/api/file_lines.h"

#include "protocol/capabilities.h"
#include "protocol/ndjson_writer.h"

namespace sluice::api {

/// Reused from row to row, so that a line costs few allocations.
struct FileLines::Scratch {
  std::string url;
  std::string id;
  std::string vector_path;
  std::string vector_key;
  std::string vector_id;
  protocol::FileView view;
};

FileLines::FileLines(FileLinesOptions options) : options_(std::move(options)) {
  const delta::Snapshot& snapshot = *options_.snapshot;
  for (const auto& column : snapshot.metadata().partition_columns) {
    const delta::Field* field = snapshot.schema().Find(column);
    const bool logical = options_.format == protocol::ResponseFormat::kParquet || field == nullptr;
    partition_names_.push_back(logical ? column : field->physical_name);
  }
}

Status FileLines::SetDeletionVector(const delta::FileBatch& batch, std::int64_t row,
                                    Scratch& scratch) const {
  scratch.view.deletion_vector.reset();
  scratch.view.deletion_vector_file_id = {};
  if (batch.deletion_vector == nullptr) return {};
  const auto vector = batch.DeletionVectorAt(row);
  if (!vector) return {};
  protocol::DeletionVectorView view;
  view.offset = vector->offset;
  view.size_in_bytes = vector->size_in_bytes;
  view.cardinality = vector->cardinality;
  scratch.vector_path.clear();
  if (vector->storage_type == 'i') {
    view.storage_type = 'i';
    scratch.vector_path = vector->path_or_inline;
  } else {
    SLUICE_RETURN_IF_ERROR(
        options_.signer->AppendVectorUrl(*vector, &scratch.vector_path, &scratch.vector_key));
    scratch.vector_id = protocol::FileId(scratch.vector_key, options_.hash);
    scratch.view.deletion_vector_file_id = scratch.vector_id;
  }
  view.path_or_inline = scratch.vector_path;
  scratch.view.deletion_vector = view;
  return {};
}

Status FileLines::AppendRow(const delta::FileBatch& batch, std::int64_t row, Scratch& scratch,
                            std::string* out) const {
  const delta::FileRow file = batch.Row(row);
  scratch.url.clear();
  SLUICE_RETURN_IF_ERROR(options_.signer->AppendFileUrl(file.path, &scratch.url));
  scratch.id = protocol::FileId(file.path, options_.hash);

  protocol::FileView& view = scratch.view;
  view.url = scratch.url;
  view.id = scratch.id;
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
  view.expires_at_ms = options_.signer->expires_at_ms();
  if (options_.format == protocol::ResponseFormat::kDelta) {
    view.modification_time = file.modification_time;
    view.base_row_id = file.base_row_id;
    view.default_row_commit_version = file.default_row_commit_version;
    view.clustering_provider = file.clustering_provider;
    SLUICE_RETURN_IF_ERROR(SetDeletionVector(batch, row, scratch));
  }
  protocol::AppendFileLine(options_.format, view, out);
  return {};
}

Status FileLines::Append(const RowSpan& span, std::string* out) const {
  const delta::LiveBatch& batch = options_.snapshot->batches()[span.batch];
  Scratch scratch;
  for (std::int64_t row = span.begin; row < span.end; ++row) {
    if (!batch.IsLive(row)) continue;
    if (auto appended = AppendRow(*batch.files, row, scratch, out); !appended) {
      Error error = std::move(appended).error();
      if (error.kind == ErrorKind::kUnsupported) return Fail(std::move(error));
      error.kind = ErrorKind::kCorrupt;
      return Fail(error.At(fmt::format("version {}, file '{}'", options_.snapshot->version(),
                                       batch.files->Row(row).path)));
    }
  }
  return {};
}

}  // namespace sluice::api
