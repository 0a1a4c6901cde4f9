#include "check/check.h"

#include "check/session.h"

namespace sluice::check {
namespace {

Outcome OutcomeOf(const Point& point, const Finding& finding) {
  if (finding) return Outcome::kPassed;
  if (IsNotTested(finding.error())) return Outcome::kNotTested;
  return point.level == Level::kDemand ? Outcome::kViolated : Outcome::kAdvised;
}

/// A request that got no answer breaks its point, unless the server gives no answers at all any
/// more.
Status CheckAlive(Session& session) {
  return session.prober().AskAgain({protocol::EndpointId::kListShares}).map([](const auto&) {});
}

}  // namespace

Result<Report> CheckServer(const protocol::Profile& profile, const CheckOptions& options) {
  Prober prober(profile, options.http);
  SLUICE_TRY(auto survey, MakeSurvey(prober, options.table));
  Session session(prober, std::move(survey));
  Report report;
  report.endpoint = profile.endpoint;
  for (const auto& table : session.survey().tables) {
    report.tables.push_back(
        fmt::format("{}.{}.{}", table.name.share, table.name.schema, table.name.table));
  }
  for (const Point& point : AllPoints()) {
    const Finding finding = point.judge(session);
    const bool no_answer =
        !finding && !IsViolation(finding.error()) && !IsNotTested(finding.error());
    if (no_answer) SLUICE_RETURN_IF_ERROR(CheckAlive(session));
    report.judgements.push_back(
        {point, OutcomeOf(point, finding), finding ? "" : finding.error().message});
  }
  report.requests = prober.requests();
  return report;
}

}  // namespace sluice::check
