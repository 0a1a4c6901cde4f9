// Query Table Version.
#include <array>

#include "check/session.h"

namespace sluice::check {
namespace {

using protocol::EndpointId;

Finding Header(Session& session) {
  SLUICE_TRY(const auto table, session.AnyTable());
  SLUICE_TRY(const Answer answer, session.Ask(VersionProbe(table)));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  return ExpectVersion(answer);
}

Finding EmptyBody(Session& session) {
  SLUICE_TRY(const auto table, session.AnyTable());
  SLUICE_TRY(const Answer answer, session.Ask(VersionProbe(table)));
  if (answer.body().empty()) return {};
  return Violated("{}: the body is '{}'", answer.place, Shown(answer.body()));
}

Finding OldForm(Session& session) {
  SLUICE_TRY(const auto table, session.AnyTable());
  SLUICE_TRY(const Answer answer, session.Ask({EndpointId::kTableVersionHead,
                                               {table.share, table.schema, table.table}}));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  return ExpectVersion(answer);
}

Finding SinceEver(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  Probe probe = VersionProbe(table->name);
  probe.query = {{"startingTimestamp", "1970-01-01T00:00:00Z"}};
  SLUICE_TRY(const Answer first, session.Ask(probe));
  if (first.status() == 400) {
    return NotTested("the table's history may begin later: {}", Shown(first.body()));
  }
  SLUICE_RETURN_IF_ERROR(ExpectStatus(first, 200));
  SLUICE_TRY(const std::int64_t earliest, VersionOf(first));
  if (earliest > table->version) {
    return Violated("{}: the answer is version {}, where the latest is {}", first.place, earliest,
                    table->version);
  }
  SLUICE_TRY(const Answer zero, session.Ask(QueryProbe(table->name, R"({"version":0})")));
  if (zero.status() != 200 || earliest == 0) return {};
  return Violated("{}: the answer is version {}, and there is a version 0", first.place, earliest);
}

Finding BadTimestamp(Session& session) {
  SLUICE_TRY(const auto* table, session.WithHistory());
  Probe probe = VersionProbe(table->name);
  probe.query = {{"startingTimestamp", "yesterday"}};
  SLUICE_TRY(const Answer answer, session.Ask(probe));
  return ExpectError(answer, {400});
}

constexpr std::string_view kSection = "Query Table Version";

constexpr std::array kPoints = {
    Point{"version.header", Level::kDemand, kSection,
          "GET …/version answers 200 with the version in the header Delta-Table-Version.",
          "Clients that keep data ask this first, and cannot tell whether it is stale.", Header},
    Point{"version.body", Level::kDemand, kSection, "Its body is empty.",
          "The call is meant to be cheap, and clients do not read a body.", EmptyBody},
    Point{"version.head", Level::kAdvice, kSection, "HEAD on the table answers the same header.",
          "Older clients ask so; the text has deprecated it.", OldForm},
    Point{"version.since", Level::kDemand, kSection,
          "A startingTimestamp before the table's first version gives the earliest version.",
          "Streams that begin at a time would miss rows, or fail.", SinceEver},
    Point{"version.bad-timestamp", Level::kDemand, kSection,
          "A startingTimestamp that is no ISO 8601 time is refused with 400.",
          "A mistake would be read as another time, or as none.", BadTimestamp},
};

}  // namespace

std::span<const Point> VersionPoints() {
  return kPoints;
}

}  // namespace sluice::check
