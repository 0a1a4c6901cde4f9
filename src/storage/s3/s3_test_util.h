// What the tests of this folder share: surroundings of their own, and stores that answer as told.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "base/encoding.h"
#include "base/hash.h"
#include "net/test_server.h"
#include "storage/s3/s3_backend.h"

namespace sluice::storage {

class SetClock final : public Clock {
 public:
  std::int64_t NowMillis() const override { return now_ms; }
  std::int64_t now_ms = *ParseTimestamp("2026-03-01T12:00:00Z");
};

/// A machine with these variables alone, a home of its own and a clock that stands still.
class TestMachine {
 public:
  TestMachine()
      : home_(std::filesystem::path(::testing::TempDir()) / ("s3-" + HexEncode(RandomBytes(6)))) {
    std::filesystem::create_directories(home_ / ".aws");
    variables["HOME"] = home_.string();
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
  }
  ~TestMachine() { std::filesystem::remove_all(home_); }
  TestMachine(const TestMachine&) = delete;
  TestMachine& operator=(const TestMachine&) = delete;

  /// A file below the home; its path.
  std::string Write(const std::string& name, std::string_view text) const {
    const auto path = home_ / name;
    std::ofstream(path) << text;
    return path.string();
  }

  Surroundings here() const {
    Surroundings out;
    out.variable = [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
    out.clock = &clock;
    return out;
  }

  std::map<std::string, std::string> variables;
  SetClock clock;

 private:
  const std::filesystem::path home_;
};

/// The folder s3://bucket/table of a store with these options.
inline Result<Ports> OpenTable(const StoreOptions& options, const TestMachine& machine,
                               std::string_view location = "s3://bucket/table") {
  SLUICE_TRY(const auto backend, MakeS3(options, machine.here()));
  SLUICE_TRY(const auto place, ParseLocation(location));
  return backend->Open(place);
}

inline std::string S3Error(std::string_view code, std::string_view message,
                           std::string_view more = {}) {
  return "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) + "</Code><Message>" +
         std::string(message) + "</Message>" + std::string(more) + "</Error>";
}

/// The access key that a request was signed with; empty for an unsigned one.
inline std::string SignerOf(const net::TestRequest& request) {
  const auto found = request.headers.find("authorization");
  if (found == request.headers.end()) return {};
  const std::size_t begin = found->second.find("Credential=") + 11;
  return found->second.substr(begin, found->second.find('/', begin) - begin);
}

}  // namespace sluice::storage
