#include "check/report.h"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json.hpp>

namespace sluice::check {
namespace {

namespace json = boost::json;

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 10;

std::string_view LevelName(Level level) {
  return level == Level::kDemand ? "demand" : "advice";
}

std::string_view Mark(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "ok";
    case Outcome::kViolated:
      return "FAIL";
    case Outcome::kAdvised:
      return "advice";
    case Outcome::kNotTested:
      break;
  }
  return "-";
}

std::string_view ColorOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "\x1b[32m";
    case Outcome::kViolated:
      return "\x1b[31m";
    case Outcome::kAdvised:
      return "\x1b[33m";
    case Outcome::kNotTested:
      break;
  }
  return "\x1b[2m";
}

/// `text` behind `label`, in lines of bounded width that begin below the first word.
void AppendWrapped(std::string_view label, std::string_view text, std::string* out) {
  std::string line = fmt::format("{:>{}} ", label, kIndent - 1);
  bool fresh = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!fresh && line.size() + 1 + word.size() > kWidth) {
      *out += line + "\n";
      line.assign(kIndent, ' ');
      fresh = true;
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
  }
  *out += line + "\n";
}

void AppendJudgement(const Judgement& judgement, const TextStyle& style, std::string* out) {
  const std::string mark = fmt::format("{:>{}}", Mark(judgement.outcome), kIndent - 2);
  if (style.color) {
    *out += fmt::format("{}{}\x1b[0m  {}\n", ColorOf(judgement.outcome), mark, judgement.point.id);
  } else {
    *out += fmt::format("{}  {}\n", mark, judgement.point.id);
  }
  if (judgement.outcome == Outcome::kNotTested) {
    AppendWrapped("", "not tested: " + judgement.found, out);
    return;
  }
  if (judgement.outcome == Outcome::kPassed) return;
  AppendWrapped("", judgement.point.demand, out);
  AppendWrapped("found:", judgement.found, out);
  AppendWrapped("why:", judgement.point.reason, out);
  AppendWrapped("text:", judgement.point.section, out);
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kViolated:
      return "violated";
    case Outcome::kAdvised:
      return "advised";
    case Outcome::kNotTested:
      break;
  }
  return "not tested";
}

int Report::Count(Outcome outcome) const {
  return static_cast<int>(
      std::count_if(judgements.begin(), judgements.end(),
                    [&](const Judgement& judgement) { return judgement.outcome == outcome; }));
}

std::string FormatText(const Report& report, const TextStyle& style) {
  std::string out = fmt::format("Delta Sharing server at {}\n", report.endpoint);
  AppendWrapped(
      "tables:", report.tables.empty() ? "none" : fmt::format("{}", fmt::join(report.tables, " ")),
      &out);
  out += "\n";
  for (const Judgement& judgement : report.judgements) {
    const bool wrong =
        judgement.outcome == Outcome::kViolated || judgement.outcome == Outcome::kAdvised;
    if (wrong || !style.quiet) AppendJudgement(judgement, style, &out);
  }
  out += fmt::format("\n{} passed, {} violated, {} advised, {} not tested ({} requests)\n",
                     report.Count(Outcome::kPassed), report.Count(Outcome::kViolated),
                     report.Count(Outcome::kAdvised), report.Count(Outcome::kNotTested),
                     report.requests);
  return out;
}

std::string FormatJson(const Report& report) {
  json::array points;
  for (const Judgement& judgement : report.judgements) {
    json::object point{
        {"id", judgement.point.id},           {"level", LevelName(judgement.point.level)},
        {"section", judgement.point.section}, {"demand", judgement.point.demand},
        {"reason", judgement.point.reason},   {"outcome", OutcomeName(judgement.outcome)}};
    if (!judgement.found.empty()) point["found"] = judgement.found;
    points.push_back(std::move(point));
  }
  json::object document{{"endpoint", report.endpoint},
                        {"tables", json::value_from(report.tables)},
                        {"requests", report.requests},
                        {"passed", report.Count(Outcome::kPassed)},
                        {"violated", report.Count(Outcome::kViolated)},
                        {"advised", report.Count(Outcome::kAdvised)},
                        {"notTested", report.Count(Outcome::kNotTested)}};
  document["points"] = std::move(points);
  return json::serialize(document) + "\n";
}

}  // namespace sluice::check
