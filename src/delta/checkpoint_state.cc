#include "delta/checkpoint_state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/encoding.h"
#include "base/uri.h"
#include "delta/file_batch_builder.h"

namespace sluice::delta {
namespace {

Result<CheckpointFiles> OpenAll(const storage::ObjectStore& store,
                                const std::vector<storage::ObjectMeta>& metas, ThreadPool* pool) {
  std::vector<Result<std::shared_ptr<const CheckpointFile>>> opened(metas.size());
  ForAll(pool, metas.size(),
         [&](std::size_t i) { opened[i] = CheckpointFile::Open(store, metas[i]); });
  CheckpointFiles files;
  files.reserve(opened.size());
  for (auto& file : opened) {
    if (!file) return Fail(std::move(file).error());
    files.push_back(std::move(*file));
  }
  return files;
}

/// Sidecars lie in one folder of the log and are named without it.
Result<std::string> SidecarKey(const Sidecar& sidecar) {
  auto name = PercentDecode(sidecar.path);
  if (!name) {
    return Fail(ErrorKind::kCorrupt, "sidecar.path '{}': {}", Printable(sidecar.path, 300),
                name.error().message);
  }
  if (name->find('/') != std::string::npos) {
    return Fail(ErrorKind::kUnsupported, "sidecar.path '{}': only plain names are supported",
                Printable(sidecar.path, 300));
  }
  std::string key = std::string(kSidecarPrefix) + *name;
  if (auto valid = storage::CheckKey(key); !valid) {
    return Fail(ErrorKind::kCorrupt, "sidecar.path '{}': {}", Printable(sidecar.path, 300),
                valid.error().message);
  }
  return key;
}

Status OpenSidecars(const storage::ObjectStore& store, const std::vector<Sidecar>& sidecars,
                    ThreadPool* pool, CheckpointState* state) {
  std::vector<storage::ObjectMeta> metas;
  for (const auto& sidecar : sidecars) {
    SLUICE_TRY(auto key, SidecarKey(sidecar));
    metas.push_back({std::move(key), sidecar.size_in_bytes, 0});
  }
  SLUICE_TRY(auto files, OpenAll(store, metas, pool));
  std::move(files.begin(), files.end(), std::back_inserter(state->parquet));
  return {};
}

Result<CheckpointState> OpenManifest(const storage::ObjectStore& store, const std::string& key,
                                     const CommitReadOptions& options) {
  SLUICE_TRY(auto actions, ReadActions(store, key, options.max_bytes));
  CheckpointState state;
  state.protocol = std::move(actions.protocol);
  state.metadata = std::move(actions.metadata);
  state.inlined = std::move(actions.files);
  SLUICE_RETURN_IF_ERROR(OpenSidecars(store, actions.sidecars, options.pool, &state));
  return state;
}

}  // namespace

Result<CheckpointState> OpenCheckpoint(const storage::ObjectStore& store,
                                       const Checkpoint& checkpoint,
                                       const CommitReadOptions& options) {
  if (checkpoint.kind == LogFile::Kind::kUuidJson) {
    return OpenManifest(store, checkpoint.files.front().key, options);
  }
  CheckpointState state;
  SLUICE_TRY(state.parquet, OpenAll(store, checkpoint.files, options.pool));
  std::vector<Result<CheckpointActions>> found(state.parquet.size());
  ForAll(options.pool, found.size(),
         [&](std::size_t i) { found[i] = state.parquet[i]->ReadActions(); });
  std::vector<Sidecar> sidecars;
  for (auto& part : found) {
    SLUICE_TRY(auto actions, std::move(part));
    if (actions.protocol) state.protocol = std::move(actions.protocol);
    if (actions.metadata) state.metadata = std::move(actions.metadata);
    std::move(actions.sidecars.begin(), actions.sidecars.end(), std::back_inserter(sidecars));
  }
  SLUICE_RETURN_IF_ERROR(OpenSidecars(store, sidecars, options.pool, &state));
  return state;
}

Result<std::vector<LiveBatch>> ReadState(const CheckpointState& state,
                                         const FileSelection& selection) {
  SLUICE_TRY(auto batches, ReadCheckpointFiles(state.parquet, selection));
  FileBatchBuilder builder(selection.partition_columns);
  for (const auto& action : state.inlined) {
    const auto* add = std::get_if<AddFile>(&action);
    if (add == nullptr) continue;
    if (selection.superseded->contains(KeyOf(add->path, add->deletion_vector))) continue;
    SLUICE_RETURN_IF_ERROR(builder.Append(*add));
  }
  SLUICE_TRY(auto inlined, builder.Finish());
  std::move(inlined.begin(), inlined.end(), std::back_inserter(batches));
  return batches;
}

Result<Schema> SchemaOf(const Metadata& metadata) {
  if (metadata.format_provider != "parquet") {
    return Fail(ErrorKind::kUnsupported, "metaData.format.provider '{}': only parquet is supported",
                Printable(metadata.format_provider, 100));
  }
  if (metadata.schema_string.empty()) return Schema{};
  auto schema = ParseSchema(metadata);
  if (!schema) return Fail(schema.error().At("metaData"));
  return schema;
}

}  // namespace sluice::delta
