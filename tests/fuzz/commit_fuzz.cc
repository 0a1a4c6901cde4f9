// A commit of any bytes: its lines, the actions in them, and its changes, read whole and in pieces.
#include "delta/action_json.h"
#include "delta/changes.h"
#include "delta/commit_reader.h"
#include "delta/table.h"
#include "fuzz.h"
#include "storage/memory_store.h"

using sluice::fuzz::CheckError;
using sluice::fuzz::Require;

namespace {

using namespace sluice;
using namespace sluice::delta;

constexpr std::string_view kFirstCommit =
    R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[],"writerFeatures":[]}})"
    "\n"
    R"({"metaData":{"id":"t","format":{"provider":"parquet"},"schemaString":"{\"type\":\"struct\",\"fields\":[]}",)"
    R"("partitionColumns":[],"configuration":{"delta.enableChangeDataFeed":"true"}}})";

/// What is written of an action is read again as the same.
template <typename T>
void CheckWritten(std::string_view name, const T& value) {
  std::string json = fmt::format("{{\"{}\":", name);
  AppendJson(value, &json);
  json += "}";
  ActionParser parser;
  const auto again = parser.Parse(json);
  Require(again.has_value() && std::holds_alternative<T>(*again));
  std::string twice = fmt::format("{{\"{}\":", name);
  AppendJson(std::get<T>(*again), &twice);
  Require(twice + "}" == json);
}

/// The number of files in the pieces, all of which can be read.
std::int64_t CountFiles(const Changes& changes) {
  std::int64_t files = 0;
  for (const auto& piece : changes.pieces()) {
    const auto read = changes.ForEachFile(piece, [&](const FileChange&) -> Status {
      ++files;
      return {};
    });
    Require(read.has_value());
  }
  Require(files == changes.num_files());
  return files;
}

void CheckChanges(std::string_view commit, ChangesKind kind) {
  auto store = std::make_shared<storage::MemoryStore>();
  (void)store->Put("_delta_log/00000000000000000000.json", kFirstCommit, 1);
  (void)store->Put("_delta_log/00000000000000000001.json", commit, 2);
  const auto table = Table::Make(store, {});
  const auto whole = table->ReadChanges({.kind = kind, .first = 0});
  if (!whole) return CheckError(whole.error());
  if (const auto checked = (*whole)->CheckSchemas(); !checked) CheckError(checked.error());
  std::int64_t paged = 0;
  ChangesRequest request{.kind = kind, .first = 0, .max_files = 2};
  do {
    const auto page = table->ReadChanges(request);
    Require(page.has_value());
    paged += CountFiles(**page);
    request.from = (*page)->next();
  } while (request.from);
  Require(paged == CountFiles(**whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::AsText(data, size);
  const auto actions = ParseActions(text, "commit");
  if (!actions) {
    CheckError(actions.error());
  } else {
    if (actions->protocol) CheckWritten("protocol", *actions->protocol);
    if (actions->metadata) CheckWritten("metaData", *actions->metadata);
  }
  CheckChanges(text, ChangesKind::kRows);
  CheckChanges(text, ChangesKind::kFiles);
  return 0;
}
