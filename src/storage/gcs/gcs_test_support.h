// What the tests of this folder share: a clock that is set, a key made for the run, an environment
// and a server that answers JSON.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "net/http_client.h"
#include "net/test_server.h"
#include "oauth/test_tokens.h"
#include "storage/ports.h"

namespace sluice::storage {

class SetClock final : public Clock {
 public:
  explicit SetClock(std::int64_t now_ms) : now(now_ms) {}
  std::int64_t NowMillis() const override { return now; }
  std::atomic<std::int64_t> now;
};

using oauth::FormOf;
using oauth::TestKey;
using oauth::Verifies;

/// The JSON of a service account with the test's key.
inline std::string ServiceAccountJson(const std::string& token_url) {
  return boost::json::serialize(
      boost::json::object{{"type", "service_account"},
                          {"client_email", "sluice@project.iam.gserviceaccount.com"},
                          {"private_key_id", "key-1"},
                          {"private_key", TestKey::Get().private_pem},
                          {"token_uri", token_url}});
}

/// Variables that a test sets, and nothing of this machine.
struct TestMachine {
  explicit TestMachine(const Clock& clock) {
    here.variable = [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
    here.clock = &clock;
  }
  TestMachine(const TestMachine&) = delete;
  TestMachine& operator=(const TestMachine&) = delete;

  std::map<std::string, std::string> variables;
  Surroundings here;
};

/// A folder that goes with the test.
struct TestFolder {
  TestFolder()
      : path(std::filesystem::path(::testing::TempDir()) /
             ("gcs_" + std::to_string(::getpid()) + "_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(path);
  }
  ~TestFolder() { std::filesystem::remove_all(path); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string Write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return (path / name).string();
  }

  const std::filesystem::path path;
};

inline std::shared_ptr<const net::HttpClient> ImpatientClient() {
  net::HttpOptions options;
  options.max_retries = 0;
  return std::make_shared<const net::HttpClient>(std::move(options));
}

}  // namespace sluice::storage
