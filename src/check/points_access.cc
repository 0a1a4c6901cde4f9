// Who may ask: bearer tokens.
#include <array>

#include "check/session.h"

namespace sluice::check {
namespace {

using protocol::EndpointId;

/// Every endpoint that can be asked here without further knowledge.
std::vector<Probe> ProbesOfAll(const Session& session) {
  std::vector<Probe> probes = {{EndpointId::kListShares}};
  if (const auto share = session.AnyShare()) {
    probes.push_back({EndpointId::kGetShare, {*share}});
    probes.push_back({EndpointId::kListSchemas, {*share}});
    probes.push_back({EndpointId::kListAllTables, {*share}});
  }
  if (const auto table = session.AnyTable()) {
    probes.push_back({EndpointId::kListTables, {table->share, table->schema}});
    probes.push_back(VersionProbe(*table));
    probes.push_back(MetadataProbe(*table));
    probes.push_back(QueryProbe(*table));
    probes.push_back(ChangesProbe(*table, {{"startingVersion", "0"}}));
  }
  return probes;
}

Finding ExpectRefusal(Session& session, Credential credential) {
  for (Probe& probe : ProbesOfAll(session)) {
    probe.credential = credential;
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 401));
  }
  return {};
}

Finding NoToken(Session& session) {
  return ExpectRefusal(session, Credential::kNone);
}

Finding WrongToken(Session& session) {
  return ExpectRefusal(session, Credential::kWrongToken);
}

Finding ErrorBody(Session& session) {
  Probe probe{EndpointId::kListShares};
  probe.credential = Credential::kWrongToken;
  SLUICE_TRY(const Answer answer, session.Ask(probe));
  if (answer.status() != 401) return NotTested("a wrong token is not refused with 401");
  return ExpectError(answer, {401});
}

constexpr std::array kPoints = {
    Point{"access.no-token", Level::kDemand, "REST APIs",
          "Every endpoint answers a request without a token with 401.",
          "Whoever reaches the server could read what is shared with others.", NoToken},
    Point{"access.wrong-token", Level::kDemand, "REST APIs",
          "Every endpoint answers a token that it does not know with 401.",
          "A token that was revoked or guessed would still open the tables.", WrongToken},
    Point{"access.error-body", Level::kDemand, "List Shares",
          "A 401 has a JSON body with errorCode and message.",
          "Clients show the message; without it people cannot tell a wrong token from a fault.",
          ErrorBody},
};

}  // namespace

std::span<const Point> AccessPoints() {
  return kPoints;
}

}  // namespace sluice::check
