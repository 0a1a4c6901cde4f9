// What does not exist.
#include <array>

#include "check/session.h"

namespace sluice::check {
namespace {

using protocol::EndpointId;

constexpr const char* kNone = "no_such_thing_0f7e2c";

Finding ExpectNotFound(Session& session, const std::vector<Probe>& probes) {
  for (const Probe& probe : probes) {
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_RETURN_IF_ERROR(ExpectError(answer, {404}));
  }
  return {};
}

Finding NoShare(Session& session) {
  return ExpectNotFound(session, {{EndpointId::kGetShare, {kNone}},
                                  {EndpointId::kListSchemas, {kNone}},
                                  {EndpointId::kListAllTables, {kNone}}});
}

Finding NoSchema(Session& session) {
  SLUICE_TRY(const std::string share, session.AnyShare());
  return ExpectNotFound(session, {{EndpointId::kListTables, {share, kNone}}});
}

Finding NoTable(Session& session) {
  SLUICE_TRY(auto table, session.AnyTable());
  table.table = kNone;
  return ExpectNotFound(session, {VersionProbe(table), MetadataProbe(table), QueryProbe(table),
                                  ChangesProbe(table, {{"startingVersion", "0"}})});
}

constexpr std::string_view kReason =
    "Clients tell 'not there' from a fault by the status: they retry a 5xx for minutes, and fall "
    "back to other calls on a 404.";

constexpr std::array kPoints = {
    Point{"missing.share", Level::kDemand, "Get Share",
          "A share that is not there is answered with 404 and the protocol's error.", kReason,
          NoShare},
    Point{"missing.schema", Level::kDemand, "List Tables in a Schema",
          "A schema that is not there is answered with 404 and the protocol's error.", kReason,
          NoSchema},
    Point{"missing.table", Level::kDemand, "Query Table Version",
          "A table that is not there is answered with 404 and the protocol's error, on every "
          "endpoint of tables.",
          kReason, NoTable},
};

}  // namespace

std::span<const Point> MissingPoints() {
  return kPoints;
}

}  // namespace sluice::check
