// Time travel, and following a table from a version on.
#include <array>

#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

Result<Answer> QueryVersion(Session& session, const TableFacts& table, std::int64_t version) {
  return session.Ask(QueryProbe(table.name, fmt::format(R"({{"version":{}}})", version)));
}

Finding LatestByVersion(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  SLUICE_TRY(const Answer answer, QueryVersion(session, *table, table->version));
  SLUICE_TRY(const std::int64_t version, VersionOf(answer));
  if (version != table->version) {
    return Violated("{}: Delta-Table-Version is {}", answer.place, version);
  }
  SLUICE_TRY(const Answer latest, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const std::int64_t now, VersionOf(latest));
  if (now != version) return NotTested("the table changed in the meantime");
  SLUICE_TRY(const auto asked, FilesOf(answer));
  SLUICE_TRY(const auto plain, FilesOf(latest));
  if (SortedIds(asked) == SortedIds(plain)) return {};
  return Violated("{}: {} files, and without the version {}, or others", answer.place, asked.size(),
                  plain.size());
}

Finding OlderVersion(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  if (table->version == 0) return NotTested("no table with history has an older version");
  SLUICE_TRY(const Answer answer, QueryVersion(session, *table, table->version - 1));
  if (answer.status() == 400) return NotTested("the version before is not told");
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  SLUICE_TRY(const std::int64_t version, VersionOf(answer));
  if (version == table->version - 1) return {};
  return Violated("{}: Delta-Table-Version is {}", answer.place, version);
}

Finding VersionToCome(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  SLUICE_TRY(const Answer answer, QueryVersion(session, *table, table->version + 1'000'000));
  return ExpectError(answer, {400, 404});
}

/// What a follower gets from version 0 on, or from the last one.
Result<std::pair<Answer, std::int64_t>> Follow(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  for (const std::int64_t from : {std::int64_t{0}, table->version}) {
    SLUICE_TRY(
        const Answer answer,
        session.Ask(QueryProbe(table->name, fmt::format(R"({{"startingVersion":{}}})", from))));
    if (answer.status() == 200) return std::pair(answer, from);
  }
  return NotTested("no table with history can be followed by startingVersion");
}

Finding FollowFields(Session& session) {
  SLUICE_TRY(const auto followed, Follow(session));
  const auto& [answer, from] = followed;
  SLUICE_RETURN_IF_ERROR(ExpectType(answer, "application/x-ndjson"));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  if (lines.all.size() < 2 || lines.all[0].kind != "protocol" || lines.all[1].kind != "metaData") {
    return Violated("{}: the first lines are not protocol and metaData", answer.place);
  }
  for (const Line& line : lines.all) {
    if (line.kind == "file" && lines.format == protocol::ResponseFormat::kParquet) {
      return Violated("{}: a line is 'file', not 'add' or 'remove'", answer.place);
    }
  }
  return ExpectLineShapes(lines, {"protocol", "metaData", "add", "remove", "cdf", "file"},
                          answer.place);
}

Finding FollowVersions(Session& session) {
  SLUICE_TRY(const auto followed, Follow(session));
  const auto& [answer, from] = followed;
  SLUICE_TRY(const std::int64_t version, VersionOf(answer));
  if (version != from) return Violated("{}: Delta-Table-Version is {}", answer.place, version);
  SLUICE_TRY(const auto files, FilesOf(answer));
  for (const auto& file : files) {
    if (file.version && *file.version >= from) continue;
    return Violated("{}: file '{}' is of version {}", answer.place, Printable(file.id, 80),
                    file.version.value_or(-1));
  }
  return {};
}

constexpr std::string_view kBody = "Request Body";
constexpr std::string_view kRead = "Read Data from a Table";

constexpr std::array kPoints = {
    Point{"history.latest", Level::kDemand, kBody,
          "A query of the latest version by its number gives the files of a query without one.",
          "Reads that are pinned to a version would differ from those that are not.",
          LatestByVersion},
    Point{"history.older", Level::kDemand, kRead,
          "A query of an older version names that version in Delta-Table-Version.",
          "People would take the rows of another day for those they asked for.", OlderVersion},
    Point{"history.to-come", Level::kDemand, kRead,
          "A version that is not there yet is refused with 400 or 404, and the protocol's error.",
          "A 5xx makes clients repeat the request; a 200 would be another version.", VersionToCome},
    Point{"follow.fields", Level::kDemand, "Data Change Files",
          "A query with startingVersion gives protocol, metaData and then changes, each with url, "
          "id, partitionValues, size, timestamp and version.",
          "Streams order the changes by version and fail without it.", FollowFields},
    Point{"follow.versions", Level::kDemand, kRead,
          "Its Delta-Table-Version is the startingVersion, and no file is of an older one.",
          "A stream that begins at a version would read rows twice.", FollowVersions},
};

}  // namespace

std::span<const Point> HistoryPoints() {
  return kPoints;
}

}  // namespace sluice::check
