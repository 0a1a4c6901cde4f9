#include "delta/changes.h"

#include <arrow/io/memory.h>

#include <utility>

#include "delta/checkpoint_state.h"
#include "delta/partition_filter.h"
#include "delta/schema_compatibility.h"

namespace sluice::delta {
namespace {

Result<CommitText> OpenText(const storage::ObjectStore& store, const ChangedCommit& commit) {
  if (commit.text != nullptr) {
    return CommitText{std::make_shared<arrow::io::BufferReader>(commit.text), commit.size};
  }
  auto file = store.Open(CommitKey(commit.version));
  if (!file) return Fail(PromisedInLog(std::move(file).error()));
  return CommitText{*std::move(file), commit.size};
}

FileChange FileOf(Action&& action) {
  if (auto* add = std::get_if<AddFile>(&action)) return std::move(*add);
  if (auto* remove = std::get_if<RemoveFile>(&action)) return std::move(*remove);
  return std::get<AddCdcFile>(std::move(action));
}

Status ReadFiles(const Changes::Parts& parts, const ChangePiece& piece,
                 const std::function<Status(const FileChange&)>& take) {
  const ChangedCommit& commit = parts.commits[piece.commit];
  SLUICE_TRY(auto text, OpenText(*parts.store, commit));
  LineReader reader(std::move(text.file), text.size, piece.bytes);
  ActionParser parser;
  PartitionJudge judge(parts.rows.get());
  std::int64_t skip = piece.skip;
  for (std::int64_t left = piece.files; left > 0;) {
    SLUICE_TRY(const auto line, reader.Next());
    if (!line) return Fail(ErrorKind::kCorrupt, "the file has changed while it was read");
    if (IsBlankLine(line->text)) continue;
    auto action = parser.Parse(line->text);
    if (!action) return Fail(action.error().At(fmt::format("byte {}", line->offset)));
    if (!IsChange(*action, commit.from_cdc)) continue;
    SLUICE_TRY(const bool shown, IsShown(*action, &judge));
    if (!shown || skip-- > 0) continue;
    SLUICE_RETURN_IF_ERROR(take(FileOf(*std::move(action))));
    --left;
  }
  return {};
}

}  // namespace

Status Changes::ForEachFile(const ChangePiece& piece,
                            const std::function<Status(const FileChange&)>& take) const {
  if (piece.files == 0) return {};
  auto read = ReadFiles(parts_, piece, take);
  if (!read) return Fail(read.error().At(CommitKey(parts_.commits[piece.commit].version)));
  return {};
}

std::optional<std::int64_t> Changes::StoredSize(std::string_view logged_path) const {
  if (IsAbsolutePath(logged_path)) return std::nullopt;
  const auto key = ObjectKeyOf(logged_path);
  if (!key) return std::nullopt;
  const auto found = parts_.store->Stat(*key);
  return found ? std::optional(found->size) : std::nullopt;
}

Status Changes::CheckSchemas() const {
  const auto check = [&](std::int64_t version, const Metadata& metadata) -> Status {
    SLUICE_TRY(const auto schema, SchemaOf(metadata));
    const auto compatible =
        CheckReadsAs({&schema, &metadata.partition_columns},
                     {&parts_.end.schema, &parts_.end.metadata.partition_columns});
    if (compatible) return {};
    return Fail(compatible.error().kind,
                "changes from version {} to {} cannot be read with one schema: between versions {} "
                "and {} {}; read the versions before and after that apart",
                parts_.first, parts_.last, version, parts_.last, compatible.error().message);
  };
  SLUICE_RETURN_IF_ERROR(check(parts_.first, parts_.start.metadata));
  for (const ChangedCommit& commit : parts_.commits) {
    if (commit.metadata != nullptr) {
      SLUICE_RETURN_IF_ERROR(check(commit.version, *commit.metadata));
    }
  }
  return {};
}

}  // namespace sluice::delta
