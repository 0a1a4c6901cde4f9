#include "delta/commit_reader.h"

#include <algorithm>

#include "base/arrow_status.h"
#include "delta/commit_lines.h"
#include "delta/guarded.h"

namespace sluice::delta {
namespace {

/// Sorts one action to its place.
struct Collector {
  LoggedActions* actions;

  void operator()(AddFile&& add) const { actions->files.emplace_back(std::move(add)); }
  void operator()(RemoveFile&& remove) const { actions->files.emplace_back(std::move(remove)); }
  void operator()(Metadata&& metadata) const { actions->metadata = std::move(metadata); }
  void operator()(Protocol&& protocol) const { actions->protocol = std::move(protocol); }
  void operator()(CommitInfo&& info) const { actions->commit_info = info; }
  void operator()(Sidecar&& sidecar) const { actions->sidecars.push_back(std::move(sidecar)); }
  /// Neither is part of a snapshot.
  void operator()(AddCdcFile&&) const {}
  void operator()(OtherAction&&) const {}
};

bool IsFileLine(std::string_view line) {
  return line.starts_with(R"({"add":)") || line.starts_with(R"({"remove":)") ||
         line.starts_with(R"({"cdc":)");
}

Result<LoggedActions> ReadWithoutFiles(const storage::ObjectStore& store,
                                       const storage::ObjectMeta& meta) {
  const std::string& key = meta.key;
  SLUICE_TRY(auto file, store.OpenListed(meta, storage::ObjectStore::Reading::kMost));
  SLUICE_TRY(const std::int64_t size, FromArrow(file->GetSize(), key));
  LoggedActions actions;
  ActionParser parser;
  for (LineReader lines(std::move(file), size, {0, size});;) {
    SLUICE_TRY(const auto line, lines.Next());
    if (!line) break;
    if (IsBlankLine(line->text) || IsFileLine(line->text)) continue;
    auto action = parser.Parse(line->text);
    if (!action) return Fail(action.error().At(fmt::format("byte {}", line->offset)));
    std::visit(Collector{&actions}, std::move(*action));
  }
  actions.files.clear();
  return actions;
}

}  // namespace

Result<LoggedActions> ParseActions(std::string_view text, std::string_view place) {
  LoggedActions actions;
  ActionParser parser;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const auto line = TakeLine(&text);
    if (IsBlankLine(line)) continue;
    auto action = parser.Parse(line);
    if (!action) return Fail(action.error().At(fmt::format("{} line {}", place, number)));
    std::visit(Collector{&actions}, std::move(*action));
  }
  return actions;
}

Result<LoggedActions> ReadActions(const storage::ObjectStore& store, std::string_view key,
                                  std::int64_t max_bytes) {
  const auto buffer = store.Read(key, max_bytes);
  if (!buffer) return Fail(PromisedInLog(buffer.error()).At(key));
  return ParseActions(std::string_view(**buffer), key);
}

Result<std::vector<LoggedActions>> ReadCommits(const storage::ObjectStore& store,
                                               const std::vector<LogFile>& commits,
                                               const CommitReadOptions& options) {
  std::vector<Result<LoggedActions>> results(commits.size());
  ForAll(options.pool, commits.size(), [&](std::size_t i) {
    const auto& key = commits[i].meta.key;
    results[i] = Guarded(key, [&] { return ReadActions(store, key, options.max_bytes); });
  });
  std::vector<LoggedActions> all;
  all.reserve(results.size());
  for (auto& result : results) {
    if (!result) return Fail(std::move(result).error());
    all.push_back(std::move(*result));
  }
  return all;
}

Result<std::vector<LoggedActions>> ReadTableActions(const storage::ObjectStore& store,
                                                    const std::vector<LogFile>& commits) {
  std::vector<LoggedActions> found;
  bool has_protocol = false;
  bool has_metadata = false;
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    const auto& key = commit->meta.key;
    auto actions = Guarded(key, [&] { return ReadWithoutFiles(store, commit->meta); });
    if (!actions) return Fail(PromisedInLog(std::move(actions).error()).At(key));
    has_protocol |= actions->protocol.has_value();
    has_metadata |= actions->metadata.has_value();
    found.push_back(*std::move(actions));
    if (has_protocol && has_metadata) break;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace sluice::delta
