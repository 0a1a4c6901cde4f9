// The header that chooses how ids of files are made.
#include <array>

#include "base/encoding.h"
#include "check/session.h"
#include "protocol/capabilities.h"

namespace sluice::check {
namespace {

Result<Probe> QueryWithHash(Session& session, const std::string& hash) {
  SLUICE_TRY(const auto* table, session.Readable());
  Probe probe = QueryProbe(table->name);
  probe.file_id_hash = hash;
  return probe;
}

/// The server knows the header: it refuses a value that is none, or echoes a right one.
Result<bool> KnowsHeader(Session& session) {
  SLUICE_TRY(const Probe wrong, QueryWithHash(session, "no-such-scheme"));
  SLUICE_TRY(const Answer refused, session.Ask(wrong));
  if (refused.status() == 400) return true;
  SLUICE_TRY(const Probe right, QueryWithHash(session, "parquet"));
  SLUICE_TRY(const Answer echoed, session.Ask(right));
  return !echoed.Get(protocol::kFileIdHashHeader).empty();
}

Finding RequireHeader(Session& session) {
  SLUICE_TRY(const bool known, KnowsHeader(session));
  if (known) return {};
  return NotTested("the server does not know the header {}", protocol::kFileIdHashHeader);
}

Finding Echo(Session& session) {
  SLUICE_RETURN_IF_ERROR(RequireHeader(session));
  for (const auto& [sent, wanted] :
       {std::pair("parquet", "parquet"), std::pair("DELTA", "delta")}) {
    SLUICE_TRY(const Probe probe, QueryWithHash(session, sent));
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
    const std::string_view echo = answer.Get(protocol::kFileIdHashHeader);
    if (echo != wanted) {
      return Violated("{}: the answer's header is '{}', not '{}'", answer.place, Shown(echo),
                      wanted);
    }
  }
  return {};
}

Finding Unknown(Session& session) {
  SLUICE_RETURN_IF_ERROR(RequireHeader(session));
  SLUICE_TRY(const Probe probe, QueryWithHash(session, "no-such-scheme"));
  SLUICE_TRY(const Answer answer, session.Ask(probe));
  return ExpectError(answer, {400});
}

Finding SameInBothFormats(Session& session) {
  SLUICE_RETURN_IF_ERROR(RequireHeader(session));
  SLUICE_TRY(const auto* table, session.InDeltaFormat());
  if (!table->parquet) return NotTested("no table can be read in both formats");
  for (const char* scheme : {"parquet", "delta"}) {
    Probe probe = QueryProbe(table->name);
    probe.file_id_hash = scheme;
    SLUICE_TRY(const Answer one, session.Ask(probe));
    SLUICE_TRY(const Answer other, session.Ask(InDelta(probe)));
    SLUICE_TRY(const auto parquet, FilesOf(one));
    SLUICE_TRY(const auto delta, FilesOf(other));
    if (SortedIds(parquet) != SortedIds(delta)) {
      return Violated("{}: the ids in the parquet format are others than in the delta format",
                      other.place);
    }
  }
  return {};
}

constexpr std::string_view kSection = "File ID Hash Header";

constexpr std::array kPoints = {
    Point{"file-id.echo", Level::kDemand, kSection, "A fileidhash header comes back in lower case.",
          "Spark takes an answer without it for one with other ids, and fails.", Echo},
    Point{"file-id.unknown", Level::kDemand, kSection,
          "A fileidhash that is none is refused with 400.",
          "Clients would keep files under ids of another making.", Unknown},
    Point{"file-id.same", Level::kDemand, kSection,
          "Under one scheme a file has the same id in both formats.",
          "The header is there so that ids can be compared.", SameInBothFormats},
};

}  // namespace

std::span<const Point> FileIdPoints() {
  return kPoints;
}

}  // namespace sluice::check
