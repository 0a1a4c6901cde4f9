// A machine for tests: variables and a clock that they set.
#pragma once

#include <map>
#include <string>

#include "storage/ports.h"

namespace sluice::storage {

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::int64_t now = 1'769'850'000'000;  ///< 2026-01-31T09:00:00Z
};

/// Outlives what it is given to.
struct TestMachine {
  SetClock clock;
  std::map<std::string, std::string> variables;

  Surroundings surroundings() {
    Surroundings here;
    here.clock = &clock;
    here.variable = [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
    return here;
  }
};

}  // namespace sluice::storage
