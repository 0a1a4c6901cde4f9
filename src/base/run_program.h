// Another program, run for what it prints. No shell is between.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

struct ProgramOutput {
  int status = 0;   ///< Of its exit; 128 and the signal's number where one ended it.
  std::string out;  ///< What it wrote to standard output.
  std::string err;  ///< And to standard error.
};

/// The path of program `name` in the folders of `path`, a list as in the variable PATH.
std::optional<std::string> FindProgram(std::string_view name, std::string_view path);

/// Runs the program at `arguments[0]` with this process's environment and an empty standard input,
/// and waits for its end. One that takes longer than `timeout_ms`, or prints more than 1 MiB, is
/// ended with those that it started.
/// Errors: kNotFound where it cannot be run, kTimeout, kTooLarge. No message holds an argument
/// other than the first, or anything that it printed.
Result<ProgramOutput> RunProgram(const std::vector<std::string>& arguments,
                                 std::int64_t timeout_ms);

}  // namespace sluice
