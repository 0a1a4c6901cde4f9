// A report: what was found at each point, for people and for machines.
#pragma once

#include <string>
#include <vector>

#include "check/point.h"

namespace sluice::check {

enum class Outcome {
  kPassed,
  kViolated,
  kAdvised,  ///< As kViolated, at a point that is advice.
  kNotTested,
};

struct Judgement {
  Point point;
  Outcome outcome = Outcome::kPassed;
  std::string found;  ///< What came instead, or why it was not tested; empty when passed.
};

struct Report {
  std::string endpoint;
  std::vector<std::string> tables;  ///< Those that were tried, as share.schema.table.
  int requests = 0;
  std::vector<Judgement> judgements;

  int Count(Outcome outcome) const;
  /// No demand is violated.
  bool conforms() const { return Count(Outcome::kViolated) == 0; }
};

/// "passed", "violated", "advised", "not tested".
std::string_view OutcomeName(Outcome outcome);

struct TextStyle {
  bool color = false;
  bool quiet = false;  ///< Only what is violated or advised, and the sum.
};
std::string FormatText(const Report& report, const TextStyle& style);
/// One JSON object; docs/check.md has its fields.
std::string FormatJson(const Report& report);

}  // namespace sluice::check
