// Read Change Data Feed from a Table.
#include <array>
#include <optional>
#include <set>

#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Told {
  const TableFacts* table = nullptr;
  Answer answer;
  std::int64_t from = 0;
};

/// The changes of a table, as far back as they are told.
Result<Told> Changes(Session& session) {
  Told told;
  SLUICE_TRY(told.table, session.WithChanges());
  told.from = *told.table->changes_from;
  SLUICE_TRY(told.answer, session.Ask(ChangesProbe(
                              told.table->name, {{"startingVersion", std::to_string(told.from)}})));
  return told;
}

Finding Headers(Session& session) {
  SLUICE_TRY(const Told told, Changes(session));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(told.answer, 200));
  SLUICE_RETURN_IF_ERROR(ExpectType(told.answer, "application/x-ndjson"));
  SLUICE_TRY(const std::int64_t version, VersionOf(told.answer));
  if (version == told.from) return {};
  return Violated("{}: Delta-Table-Version is {}", told.answer.place, version);
}

Finding Fields(Session& session) {
  SLUICE_TRY(const Told told, Changes(session));
  SLUICE_TRY(const Lines lines, LinesOf(told.answer));
  if (lines.all.size() < 2 || lines.all[0].kind != "protocol" || lines.all[1].kind != "metaData") {
    return Violated("{}: the first lines are not protocol and metaData", told.answer.place);
  }
  return ExpectLineShapes(
      lines, {"protocol", "metaData", "add", "cdf", "remove", "file", "endStreamAction"},
      told.answer.place);
}

Finding DeltaFields(Session& session) {
  SLUICE_TRY(const Told told, Changes(session));
  SLUICE_TRY(const Answer answer,
             session.Ask(InDelta(ChangesProbe(told.table->name,
                                              {{"startingVersion", std::to_string(told.from)}}))));
  if (answer.status() == 400) return NotTested("{} was answered 400", answer.place);
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  if (lines.format != protocol::ResponseFormat::kDelta) {
    return NotTested("the answer is not in the delta format");
  }
  SLUICE_RETURN_IF_ERROR(ExpectLineShapes(lines, {"protocol", "metaData", "file"}, answer.place));
  SLUICE_TRY(const auto parquet, FilesOf(told.answer));
  const auto delta = FilesOf(lines);
  if (parquet.size() == delta.size()) return {};
  return Violated("{}: {} files, and {} in the parquet format", answer.place, delta.size(),
                  parquet.size());
}

/// A version with changes that has others behind it, and before it where there are three.
std::optional<std::int64_t> MiddleVersion(const std::vector<FileFacts>& files) {
  std::set<std::int64_t> versions;
  for (const auto& file : files) {
    if (file.version) versions.insert(*file.version);
  }
  if (versions.size() < 2) return std::nullopt;
  return *std::next(versions.begin(), static_cast<std::ptrdiff_t>((versions.size() - 1) / 2));
}

Finding Range(Session& session) {
  SLUICE_TRY(const Told told, Changes(session));
  SLUICE_TRY(const auto all, FilesOf(told.answer));
  const auto middle = MiddleVersion(all);
  if (!middle) return NotTested("only one version of changes is told");
  const std::string version = std::to_string(*middle);
  SLUICE_TRY(const Answer answer,
             session.Ask(ChangesProbe(told.table->name,
                                      {{"startingVersion", version}, {"endingVersion", version}})));
  SLUICE_TRY(const auto files, FilesOf(answer));
  for (const auto& file : files) {
    if (file.version == *middle) continue;
    return Violated("{}: file '{}' is of version {}", answer.place, Printable(file.id, 80),
                    file.version.value_or(-1));
  }
  if (!files.empty()) return {};
  return Violated("{}: no file, where a longer range has some of this version", answer.place);
}

/// What was changed in a range is what was changed in its versions.
Finding AddsUp(Session& session) {
  SLUICE_TRY(const Told told, Changes(session));
  constexpr std::int64_t kMostVersions = 10;
  const std::int64_t last = told.table->version;
  const std::int64_t first = std::max(told.from, last - kMostVersions + 1);
  if (first == last) return NotTested("only one version of changes is told");
  const auto ask = [&](std::int64_t from, std::int64_t to) {
    return session
        .Ask(ChangesProbe(told.table->name, {{"startingVersion", std::to_string(from)},
                                             {"endingVersion", std::to_string(to)}}))
        .and_then([](const Answer& answer) { return FilesOf(answer); });
  };
  SLUICE_TRY(const auto whole, ask(first, last));
  std::size_t parts = 0;
  for (std::int64_t version = first; version <= last; ++version) {
    SLUICE_TRY(const auto files, ask(version, version));
    parts += files.size();
  }
  if (whole.size() == parts) return {};
  return Violated("changes of versions {} to {}: {} files at once, and {} version by version",
                  first, last, whole.size(), parts);
}

Finding Urls(Session& session) {
  constexpr std::int64_t kMaxDownload = std::int64_t{32} << 20;
  SLUICE_TRY(const Told told, Changes(session));
  SLUICE_TRY(const auto files, FilesOf(told.answer));
  bool any = false;
  for (const std::string_view kind : {"add", "cdf", "remove"}) {
    for (const auto& file : files) {
      if (file.kind != kind || file.size > kMaxDownload) continue;
      any = true;
      SLUICE_TRY(const Answer answer, session.prober().Fetch(file.url, ""));
      SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
      if (static_cast<std::int64_t>(answer.body().size()) == file.size) break;
      return Violated("a file of {} bytes ({}), as its line says, has {} behind its URL", file.size,
                      kind, answer.body().size());
    }
  }
  if (!any) return NotTested("no file of changes is small enough to be fetched");
  return {};
}

Finding ExpectRefused(Session& session, const std::vector<Parameters>& wrong) {
  SLUICE_TRY(const auto* table, session.WithChanges());
  for (const auto& parameters : wrong) {
    SLUICE_TRY(const Answer answer, session.Ask(ChangesProbe(table->name, parameters)));
    SLUICE_RETURN_IF_ERROR(ExpectError(answer, {400}));
  }
  return {};
}

Finding NoStart(Session& session) {
  return ExpectRefused(session, {{}});
}

Finding BadRange(Session& session) {
  SLUICE_TRY(const Told told, Changes(session));
  const std::string after = std::to_string(told.from + 1);
  return ExpectRefused(session,
                       {{{"startingVersion", after}, {"endingVersion", std::to_string(told.from)}},
                        {{"startingVersion", "soon"}}});
}

constexpr std::string_view kSection = "Read Change Data Feed from a Table";

constexpr std::array kPoints = {
    Point{"changes.headers", Level::kDemand, kSection,
          "GET …/changes answers 200 with Content-Type application/x-ndjson, and "
          "Delta-Table-Version is the first version of the range.",
          "Clients stop without the version.", Headers},
    Point{"changes.fields", Level::kDemand, "Data Change Files",
          "Its lines are protocol, metaData and then add, cdf and remove, each with url, id, "
          "partitionValues, size, timestamp and version.",
          "Clients add version and time of a change to its rows from these fields.", Fields},
    Point{"changes.delta", Level::kDemand, "File in Delta Format",
          "In the delta format the same changes are told, with the fields of that format.",
          "They are parsed as actions of a Delta log.", DeltaFields},
    Point{"changes.range", Level::kDemand, kSection,
          "Both ends of the range belong to it, and no change is from outside.",
          "Rows would be read twice by those who go on from where they were.", Range},
    Point{"changes.adds-up", Level::kDemand, kSection,
          "The changes of a range are those of its versions.",
          "Changes would be lost, depending on how often a client asks.", AddsUp},
    Point{"changes.urls", Level::kDemand, "Data Change Files",
          "The URL of each kind of change gives a file of the size that its line says.",
          "This is where the changed rows are.", Urls},
    Point{"changes.no-start", Level::kDemand, kSection,
          "A request without a start is refused with 400.",
          "All changes since ever would come, or none.", NoStart},
    Point{"changes.bad-range", Level::kDemand, kSection,
          "A range that ends before it begins, or a version that is no number, is refused with "
          "400.",
          "An empty answer would pass for 'nothing has changed'.", BadRange},
};

}  // namespace

std::span<const Point> ChangesPoints() {
  return kPoints;
}

}  // namespace sluice::check
