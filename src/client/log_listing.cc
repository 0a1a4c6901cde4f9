#include "client/log_listing.h"

#include <utility>
#include <variant>

#include "delta/action_json.h"

namespace sluice::client {
namespace {

/// Credentials open one folder, so what lies outside of it is read by URLs or not at all.
tl::unexpected<Error> Outside(std::string_view logged_path) {
  return Fail(ErrorKind::kUnsupported,
              "the table's log names '{}', which lies outside of its folder: read the table by "
              "URLs (the option access 'url')",
              logged_path.substr(0, 256));
}

Result<std::string> KeyBelow(const std::string& root, std::string_view logged_path) {
  if (!delta::IsAbsolutePath(logged_path)) return delta::ObjectKeyOf(logged_path);
  const auto place = delta::LocationOf(logged_path);
  if (!place && place.error().kind != ErrorKind::kUnsupported) return Fail(place.error());
  const std::string text = place ? place->Text() : std::string();
  if (!text.starts_with(root + "/")) return Outside(logged_path);
  std::string key = text.substr(root.size() + 1);
  SLUICE_RETURN_IF_ERROR(storage::CheckKey(key));
  return key;
}

Status CheckBelow(const std::string& root, std::string_view logged_path) {
  if (!delta::IsAbsolutePath(logged_path)) return {};
  return KeyBelow(root, logged_path).map([](const auto&) {});
}

Status SetPlace(const std::string& root, std::string_view logged_path, protocol::File* file) {
  SLUICE_TRY(file->url, KeyBelow(root, logged_path));
  file->id = file->url;
  return {};
}

Status SetVector(const std::string& root, const std::optional<delta::DeletionVector>& vector,
                 protocol::File* file) {
  if (!vector) return {};
  protocol::DeletionVector out;
  out.storage_type = vector->storage_type;
  out.path_or_inline = vector->path_or_inline;
  if (vector->storage_type == 'p') {
    SLUICE_TRY(out.path_or_inline, KeyBelow(root, vector->path_or_inline));
  } else if (vector->storage_type == 'u') {
    SLUICE_TRY(out.path_or_inline, delta::DeletionVectorKey(*vector));
    out.storage_type = 'p';
  }
  out.offset = vector->offset;
  out.size_in_bytes = vector->size_in_bytes;
  out.cardinality = vector->cardinality;
  file->deletion_vector = std::move(out);
  return {};
}

/// Lists the rows of one batch.
class BatchLister {
 public:
  BatchLister(const SnapshotToList& snapshot, const ListingSink& sink)
      : root_(snapshot.root), sink_(sink) {
    for (const std::string& column : snapshot.table.metadata().partition_columns) {
      const delta::Field* field = snapshot.table.schema().Find(column);
      partition_names_.push_back(field == nullptr ? column : field->physical_name);
    }
  }

  Status List(const delta::LiveBatch& batch) const {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (!batch.IsLive(row)) continue;
      auto file = FileAt(*batch.files, row);
      if (!file) return Fail(file.error().At("the table's log"));
      SLUICE_RETURN_IF_ERROR(sink_.on_file(*std::move(file)));
    }
    return {};
  }

 private:
  Result<protocol::File> FileAt(const delta::FileBatch& batch, std::int64_t row) const {
    const delta::FileRow logged = batch.Row(row);
    protocol::File file;
    SLUICE_RETURN_IF_ERROR(SetPlace(root_, logged.path, &file));
    for (std::size_t i = 0; i < partition_names_.size(); ++i) {
      const auto value = batch.PartitionValueAt(i, row);
      file.partition_values.emplace_back(partition_names_[i],
                                         value ? std::optional(std::string(*value)) : std::nullopt);
    }
    file.size = logged.size;
    if (logged.stats) file.stats = std::string(*logged.stats);
    if (batch.deletion_vector != nullptr) {
      SLUICE_RETURN_IF_ERROR(SetVector(root_, batch.DeletionVectorAt(row), &file));
    }
    return file;
  }

  const std::string& root_;
  const ListingSink& sink_;
  std::vector<std::string> partition_names_;
};

/// Makes a listed file of what a commit says of one.
struct ChangeReader {
  const delta::Changes& changes;
  const std::string& root;
  protocol::File* file;

  Status operator()(const delta::AddFile& add) const {
    file->kind = protocol::FileKind::kAdd;
    SLUICE_RETURN_IF_ERROR(SetPlace(root, add.path, file));
    file->partition_values = add.partition_values;
    file->size = add.size;
    file->stats = add.stats;
    return SetVector(root, add.deletion_vector, file);
  }

  Status operator()(const delta::RemoveFile& remove) const {
    file->kind = protocol::FileKind::kRemove;
    SLUICE_RETURN_IF_ERROR(SetPlace(root, remove.path, file));
    if (remove.partition_values) file->partition_values = *remove.partition_values;
    file->stats = remove.stats;
    // Old writers logged none.
    const auto size = remove.size ? remove.size : changes.StoredSize(remove.path);
    if (!size) {
      return Fail(ErrorKind::kDataMissing, "file '{}' was removed and is gone", file->id);
    }
    file->size = *size;
    return SetVector(root, remove.deletion_vector, file);
  }

  Status operator()(const delta::AddCdcFile& cdc) const {
    file->kind = protocol::FileKind::kCdc;
    file->partition_values = cdc.partition_values;
    file->size = cdc.size;
    return SetPlace(root, cdc.path, file);
  }
};

}  // namespace

TableInfo InfoOf(const delta::Protocol& protocol, const delta::Metadata& metadata,
                 std::int64_t version) {
  TableInfo info;
  info.version = version;
  info.format = protocol::ResponseFormat::kDelta;
  info.protocol.min_reader_version = protocol.min_reader_version;
  info.protocol.min_writer_version = protocol.min_writer_version;
  delta::AppendJson(protocol, &info.protocol.json);
  if (protocol.reader_features) info.protocol.reader_features = *protocol.reader_features;
  if (protocol.writer_features) info.protocol.writer_features = *protocol.writer_features;
  info.metadata.id = metadata.id;
  info.metadata.name = metadata.name;
  info.metadata.description = metadata.description;
  info.metadata.format_provider = metadata.format_provider;
  info.metadata.schema_string = metadata.schema_string;
  info.metadata.partition_columns = metadata.partition_columns;
  info.metadata.configuration = metadata.configuration;
  info.metadata.version = version;
  delta::AppendJson(metadata, &info.metadata.json);
  return info;
}

Status CheckPlaces(const delta::Snapshot& files, const std::string& root) {
  for (const delta::LiveBatch& batch : files.batches()) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (!batch.IsLive(row)) continue;
      Status below = CheckBelow(root, batch.files->Row(row).path);
      if (below && batch.files->deletion_vector != nullptr) {
        const auto vector = batch.files->DeletionVectorAt(row);
        if (vector && vector->storage_type == 'p') below = CheckBelow(root, vector->path_or_inline);
      }
      if (!below) return Fail(below.error().At("the table's log"));
    }
  }
  return {};
}

Status ListSnapshot(const SnapshotToList& snapshot, const ListingSink& sink) {
  const delta::Snapshot& table = snapshot.table;
  SLUICE_RETURN_IF_ERROR(
      sink.on_table(InfoOf(table.protocol(), table.metadata(), table.version())));
  const BatchLister lister(snapshot, sink);
  for (const delta::LiveBatch& batch : snapshot.files.batches()) {
    SLUICE_RETURN_IF_ERROR(lister.List(batch));
  }
  return {};
}

Status ListChanges(const delta::Changes& changes, const std::string& root,
                   const ListingSink& sink) {
  delta::Protocol protocol = changes.start().protocol;
  delta::Metadata metadata = changes.start().metadata;
  SLUICE_RETURN_IF_ERROR(sink.on_table(InfoOf(protocol, metadata, changes.first())));
  for (const delta::ChangePiece& piece : changes.pieces()) {
    const delta::ChangedCommit& commit = changes.commits()[piece.commit];
    const bool changed = commit.protocol != nullptr || commit.metadata != nullptr;
    if (sink.on_history && piece.opens_commit && changed && commit.version != changes.first()) {
      if (commit.protocol != nullptr) protocol = *commit.protocol;
      if (commit.metadata != nullptr) metadata = *commit.metadata;
      SLUICE_RETURN_IF_ERROR(sink.on_history(InfoOf(protocol, metadata, commit.version)));
    }
    const auto take = [&](const delta::FileChange& change) -> Status {
      protocol::File file;
      file.version = commit.version;
      file.timestamp_ms = commit.timestamp_ms;
      SLUICE_RETURN_IF_ERROR(std::visit(ChangeReader{changes, root, &file}, change));
      return sink.on_file(std::move(file));
    };
    SLUICE_RETURN_IF_ERROR(changes.ForEachFile(piece, take));
  }
  return {};
}

}  // namespace sluice::client
