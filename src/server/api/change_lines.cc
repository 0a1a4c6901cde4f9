#include "server/api/change_lines.h"

#include "server/api/query_plan.h"
#include "server/api/table_lines.h"

namespace sluice::api {
namespace {

using protocol::FileKind;

void SetPartitionValues(const std::vector<delta::PartitionValue>& values,
                        protocol::FileView* view) {
  for (const auto& [name, value] : values) view->partition_values.emplace_back(name, value);
}

/// Fills the view of a line with what the log says of one kind of file.
struct Describe {
  const ChangeLinesOptions& options;
  FileLine& line;

  Status operator()(const delta::AddFile& add) const {
    protocol::FileView& view = line.view();
    view.kind = FileKind::kAdd;
    SetPartitionValues(add.partition_values, &view);
    view.size = add.size;
    view.stats = add.stats;
    view.modification_time = add.modification_time;
    view.base_row_id = add.base_row_id;
    view.default_row_commit_version = add.default_row_commit_version;
    view.clustering_provider = add.clustering_provider;
    return line.SetDeletionVector(add.deletion_vector);
  }

  Status operator()(const delta::RemoveFile& remove) const {
    protocol::FileView& view = line.view();
    view.kind = FileKind::kRemove;
    view.extended_file_metadata = remove.partition_values.has_value();
    if (remove.partition_values) SetPartitionValues(*remove.partition_values, &view);
    view.size = remove.size;
    // Old writers logged none; the parquet format demands one.
    if (!view.size && options.line.format == protocol::ResponseFormat::kParquet) {
      view.size = options.changes->StoredSize(remove.path);
    }
    view.deletion_timestamp = remove.deletion_timestamp;
    view.base_row_id = remove.base_row_id;
    view.default_row_commit_version = remove.default_row_commit_version;
    return line.SetDeletionVector(remove.deletion_vector);
  }

  Status operator()(const delta::AddCdcFile& cdc) const {
    protocol::FileView& view = line.view();
    view.kind = FileKind::kCdc;
    SetPartitionValues(cdc.partition_values, &view);
    view.size = cdc.size;
    return {};
  }
};

const std::string& PathOf(const delta::FileChange& file) {
  return std::visit([](const auto& action) -> const std::string& { return action.path; }, file);
}

}  // namespace

ChangeLines::ChangeLines(ChangeLinesOptions options) : options_(std::move(options)) {
  slice_begins_.push_back(0);
  const auto pieces = options_.changes->pieces();
  std::int64_t lines = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // A commit costs something, even one with a single file.
    constexpr std::int64_t kLinesOfCommit = 2;
    lines += pieces[i].files + kLinesOfCommit;
    if (lines < kRowsPerSlice && i + 1 < pieces.size()) continue;
    slice_begins_.push_back(i + 1);
    lines = 0;
  }
}

void ChangeLines::AppendTable(const delta::ChangedCommit& commit, std::string* out) const {
  // What holds at the first version was said before all files.
  if (commit.version == options_.changes->first()) return;
  const protocol::ResponseFormat format = options_.line.format;
  if (options_.later_protocols && commit.protocol != nullptr &&
      format == protocol::ResponseFormat::kDelta) {
    AppendProtocol(*commit.protocol, format, commit.version, out);
  }
  if (options_.later_metadata && commit.metadata != nullptr) {
    AppendMetadata(*commit.metadata, format, {.version = commit.version}, out);
  }
}

Status ChangeLines::AppendFile(const delta::ChangedCommit& commit, const delta::FileChange& file,
                               FileLine& line, std::string* out) const {
  line.view() = {};
  line.view().version = commit.version;
  line.view().timestamp_ms = commit.timestamp_ms;
  auto described = line.SetPath(PathOf(file));
  if (described) described = std::visit(Describe{options_, line}, file);
  if (!described) {
    return Fail(OfFile(std::move(described).error(), fmt::format("file '{}'", PathOf(file))));
  }
  line.Append(out);
  return {};
}

Status ChangeLines::AppendSlice(std::size_t slice, std::string* out) const {
  const delta::Changes& changes = *options_.changes;
  FileLine line(options_.line);
  for (std::size_t i = slice_begins_[slice]; i < slice_begins_[slice + 1]; ++i) {
    const delta::ChangePiece& piece = changes.pieces()[i];
    const delta::ChangedCommit& commit = changes.commits()[piece.commit];
    if (piece.opens_commit) AppendTable(commit, out);
    SLUICE_RETURN_IF_ERROR(changes.ForEachFile(
        piece, [&](const delta::FileChange& file) { return AppendFile(commit, file, line, out); }));
  }
  return {};
}

}  // namespace sluice::api
