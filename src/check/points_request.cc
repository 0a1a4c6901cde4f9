// The body of a query: what is refused and what is passed over.
#include <array>

#include "check/session.h"

namespace sluice::check {
namespace {

Finding ExpectRefused(Session& session, std::initializer_list<std::string_view> bodies) {
  SLUICE_TRY(const auto* table, session.Readable());
  for (const std::string_view body : bodies) {
    SLUICE_TRY(const Answer answer, session.Ask(QueryProbe(table->name, std::string(body))));
    SLUICE_RETURN_IF_ERROR(ExpectError(answer, {400}));
  }
  return {};
}

Finding Malformed(Session& session) {
  return ExpectRefused(session, {R"({"limitHint": )", "[1, 2]", "version=1"});
}

Finding WrongTypes(Session& session) {
  return ExpectRefused(
      session, {R"({"limitHint": "many"})", R"({"version": {}})", R"({"predicateHints": 7})"});
}

Finding EndBeforeStart(Session& session) {
  return ExpectRefused(session, {R"({"startingVersion": 2, "endingVersion": 1})"});
}

/// The body gives all the files that an empty one gives.
Finding ExpectAllFiles(Session& session, const std::string& body) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer whole, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const Answer answer, session.Ask(QueryProbe(table->name, body)));
  SLUICE_TRY(const auto wanted, FilesOf(whole));
  SLUICE_TRY(const auto files, FilesOf(answer));
  if (SortedIds(files) == SortedIds(wanted)) return {};
  return Violated("{}: {} files, and without this there are {}", answer.place, files.size(),
                  wanted.size());
}

Finding UnknownFields(Session& session) {
  return ExpectAllFiles(session, R"({"aFieldOfTomorrow": {"deep": [1]}})");
}

Finding NoBody(Session& session) {
  return ExpectAllFiles(session, "");
}

constexpr std::string_view kSection = "Request Body";

constexpr std::array kPoints = {
    Point{"request.malformed", Level::kDemand, "Read Data from a Table",
          "A body that is no JSON object is refused with 400 and the protocol's error.",
          "A 5xx makes clients repeat the request for minutes; a 200 hides the mistake.",
          Malformed},
    Point{"request.types", Level::kDemand, kSection,
          "A field of another type than the text gives it is refused with 400.",
          "The request would be answered as if the field were not there.", WrongTypes},
    Point{"request.range", Level::kDemand, kSection,
          "An endingVersion before the startingVersion is refused with 400.",
          "A stream that has its window wrong would wait for ever.", EndBeforeStart},
    Point{"request.unknown-fields", Level::kAdvice, kSection,
          "Fields that the server does not know are passed over.",
          "Clients send fields of newer versions of the protocol to every server.", UnknownFields},
    Point{"request.no-body", Level::kAdvice, kSection,
          "A query without a body means an empty object.",
          "Some clients send none when they have nothing to ask for.", NoBody},
};

}  // namespace

std::span<const Point> RequestPoints() {
  return kPoints;
}

}  // namespace sluice::check
