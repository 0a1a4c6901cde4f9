// Asynchronous queries: where a server offers them, they have to end.
#include <array>
#include <chrono>
#include <thread>

#include "base/encoding.h"
#include "base/hash.h"
#include "check/session.h"
#include "protocol/capabilities.h"

namespace sluice::check {
namespace {

namespace json = boost::json;
using protocol::EndpointId;

constexpr auto kLongest = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(100);

/// The queryId of an answer that is one queryStatus; empty: it is none.
std::string QueryIdOf(const Lines& lines) {
  if (lines.all.size() != 1 || lines.all.front().kind != "queryStatus") return "";
  const json::value* id = lines.all.front().content.if_contains("queryId");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : "";
}

/// One key for all points: what it is used for again must be the same query.
const std::string& Key() {
  static const std::string key = fmt::format("sluice-check-{}", HexEncode(RandomBytes(8)));
  return key;
}

Result<Answer> Submit(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  Probe probe = QueryProbe(table->name, json::serialize(json::object{{"idempotencyKey", Key()}}));
  probe.capabilities = "asyncquery=true";
  return session.prober().AskAgain(probe);
}

bool SaysAsync(const Answer& answer) {
  return protocol::ParseCapabilities(answer.Get(protocol::kCapabilitiesHeader)).async_query;
}

/// The id of a query that was submitted.
Result<std::string> Submitted(Session& session) {
  SLUICE_TRY(const Answer answer, Submit(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  const std::string id = QueryIdOf(lines);
  if (!SaysAsync(answer) || id.empty()) {
    return NotTested("the server answers asynchronous queries at once");
  }
  return id;
}

Finding Status(Session& session) {
  SLUICE_TRY(const Answer answer, Submit(session));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  const bool status = !QueryIdOf(lines).empty();
  if (SaysAsync(answer) == status) {
    if (!status) return NotTested("the server answers asynchronous queries at once");
    return ExpectLineShapes(lines, {"queryStatus"}, answer.place);
  }
  if (status)
    return Violated("{}: a queryStatus, and no asyncquery=true in the header", answer.place);
  return Violated(
      "{}: the header says asyncquery=true, and the answer is not one queryStatus with "
      "a queryId",
      answer.place);
}

Finding SameKey(Session& session) {
  SLUICE_TRY(const std::string first, Submitted(session));
  SLUICE_TRY(const std::string again, Submitted(session));
  if (first == again) return {};
  return Violated("the same query with the same idempotencyKey got two ids");
}

Probe InfoProbe(const protocol::TableName& table, const std::string& id) {
  Probe probe{EndpointId::kQueryInfo, {table.share, table.schema, table.table, id}};
  probe.body = "{}";
  return probe;
}

Finding ExpectSameFiles(Session& session, const TableFacts& table, const Answer& result) {
  SLUICE_TRY(const Answer at_once, session.prober().AskAgain(QueryProbe(table.name)));
  SLUICE_TRY(const std::int64_t version, VersionOf(result));
  SLUICE_TRY(const std::int64_t latest, VersionOf(at_once));
  if (version != latest) return NotTested("the table changed in the meantime");
  SLUICE_TRY(const auto files, FilesOf(result));
  SLUICE_TRY(const auto wanted, FilesOf(at_once));
  if (SortedIds(files) == SortedIds(wanted)) return {};
  return Violated("{}: {} files, and a query at once gives {}, or others", result.place,
                  files.size(), wanted.size());
}

Finding QueryResult(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const std::string id, Submitted(session));
  const auto until = std::chrono::steady_clock::now() + kLongest;
  while (std::chrono::steady_clock::now() < until) {
    SLUICE_TRY(const Answer answer, session.prober().AskAgain(InfoProbe(table->name, id)));
    SLUICE_TRY(const Lines lines, LinesOf(answer));
    if (QueryIdOf(lines).empty()) return ExpectSameFiles(session, *table, answer);
    const json::value* status = lines.all.front().content.if_contains("status");
    if (status == nullptr || !status->is_string() || status->get_string() != "pending") {
      return Violated("{}: the query is not pending, and has no result", answer.place);
    }
    std::this_thread::sleep_for(kPause);
  }
  return NotTested("the query was still pending after {} s", kLongest.count());
}

Finding UnknownQuery(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_RETURN_IF_ERROR(Submitted(session));
  SLUICE_TRY(const Answer answer, session.Ask(InfoProbe(table->name, "no-such-query")));
  return ExpectError(answer, {404});
}

constexpr std::array kPoints = {
    Point{"async.status", Level::kDemand, "asyncQuery",
          "An answer with asyncquery=true in its header is one queryStatus with a queryId.",
          "Clients take the next line for a protocol, or wait for an id.", Status},
    Point{"async.same-key", Level::kDemand, "asyncQuery",
          "The same query with the same idempotencyKey has the same queryId.",
          "A client that submits again after a broken connection would start a second query.",
          SameKey},
    Point{"async.result", Level::kDemand, "Get Query Info",
          "The result of an asynchronous query is that of the query at once.",
          "Rows would depend on how a client waits for them.", QueryResult},
    Point{"async.unknown", Level::kDemand, "Get Query Info",
          "A queryId that is not known is answered with 404 and the protocol's error.",
          "Clients would go on polling for what will never come.", UnknownQuery},
};

}  // namespace

std::span<const Point> AsyncPoints() {
  return kPoints;
}

}  // namespace sluice::check
