#include "check/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <sstream>

namespace sluice::check {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

TEST(AllPoints, EachSaysWhatWhyAndWhere) {
  std::set<std::string_view> ids;
  for (const Point& point : AllPoints()) {
    EXPECT_TRUE(ids.insert(point.id).second) << point.id;
    EXPECT_NE(point.id.find('.'), std::string_view::npos) << point.id;
    EXPECT_FALSE(point.section.empty()) << point.id;
    EXPECT_TRUE(point.demand.ends_with('.')) << point.id;
    EXPECT_TRUE(point.reason.ends_with('.')) << point.id;
    EXPECT_NE(point.judge, nullptr) << point.id;
  }
  EXPECT_GT(ids.size(), 50U);
}

Report Sample() {
  Report report;
  report.endpoint = "https://host/delta-sharing";
  report.tables = {"s.c.t"};
  report.requests = 5;
  const Point point{"a.one", Level::kDemand, "Some Section", "It does.", "Else it hurts.", nullptr};
  report.judgements.push_back({point, Outcome::kPassed, ""});
  report.judgements.push_back({point, Outcome::kViolated, "it did not"});
  report.judgements.push_back({point, Outcome::kNotTested, "no table"});
  report.judgements[2].point.id = "a.three";
  return report;
}

TEST(FormatText, TellsWhatWasFoundAndSumsUp) {
  const std::string text = FormatText(Sample(), {});
  EXPECT_THAT(text, HasSubstr("ok  a.one\n"));
  EXPECT_THAT(text, HasSubstr("FAIL  a.one\n"));
  EXPECT_THAT(text, HasSubstr("found: it did not\n"));
  EXPECT_THAT(text, HasSubstr("why: Else it hurts.\n"));
  EXPECT_THAT(text, HasSubstr("text: Some Section\n"));
  EXPECT_THAT(text, HasSubstr("not tested: no table\n"));
  EXPECT_THAT(text, HasSubstr("\n1 passed, 1 violated, 0 advised, 1 not tested (5 requests)\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(FormatText(Sample(), {.color = true}), HasSubstr("\x1b[31m"));
  const std::string quiet = FormatText(Sample(), {.quiet = true});
  EXPECT_THAT(quiet, Not(HasSubstr("a.three")));
  EXPECT_THAT(quiet, HasSubstr("FAIL"));
}

TEST(FormatText, KeepsLinesShort) {
  Report report = Sample();
  for (int i = 0; i < 40; ++i) report.judgements[1].found += " wordy";
  std::istringstream lines(FormatText(report, {}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(FormatJson, HasEveryPoint) {
  const auto document = json::parse(FormatJson(Sample()));
  EXPECT_EQ(document.at("violated"), 1);
  EXPECT_EQ(document.at("notTested"), 1);
  const auto& points = document.at("points").as_array();
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[1].at("outcome"), "violated");
  EXPECT_EQ(points[1].at("found"), "it did not");
  EXPECT_EQ(points[1].at("level"), "demand");
  EXPECT_FALSE(points[0].as_object().contains("found"));
}

TEST(Report, AdviceIsNoViolation) {
  Report report = Sample();
  EXPECT_FALSE(report.conforms());
  report.judgements[1].outcome = Outcome::kAdvised;
  EXPECT_TRUE(report.conforms());
}

}  // namespace
}  // namespace sluice::check
