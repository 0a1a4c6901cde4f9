// A PostgreSQL server of a test's own: in a temporary folder, on a Unix socket. For tests.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/run_program.h"

namespace sluice::catalog {

/// One a process, stopped and removed at its end. The server refuses to run as root, so root runs
/// it as the user postgres.
class TestCluster {
 public:
  /// The program `name` of the newest server that is installed; empty where there is none.
  static std::string Program(const std::string& name) {
    namespace fs = std::filesystem;
    std::string best;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
      const fs::path program = entry.path() / "bin" / name;
      if (fs::exists(program, ignored)) best = std::max(best, program.string());
    }
    if (best.empty()) {
      const char* path = std::getenv("PATH");
      best = FindProgram(name, path == nullptr ? "" : path).value_or("");
    }
    return best;
  }

  /// Null where it could not be started.
  static TestCluster* Get() {
    static TestCluster cluster;
    return cluster.started_ ? &cluster : nullptr;
  }

  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  /// The address of a database of that name.
  std::string Url(const std::string& database) const {
    return "postgresql:///" + database + "?user=postgres&host=" + folder_.string();
  }

  /// Runs SQL as the owner of all; false when it failed.
  bool Run(const std::string& sql, const std::string& database = "postgres") const {
    return Finish({Program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h",
                   folder_.string(), "-d", database, "-c", sql});
  }
  bool Restart() const { return Control({"restart", "-m", "immediate"}); }

 private:
  TestCluster() {
    namespace fs = std::filesystem;
    fs::create_directories(folder_);
    if (::geteuid() == 0) Finish({"/bin/chown", "postgres", folder_.string()});
    const std::string data = (folder_ / "data").string();
    started_ = Finish({Program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-N", "-E",
                       "UTF8", "--locale=C.UTF-8"}) &&
               Control({"start"});
  }
  ~TestCluster() {
    if (started_) Control({"stop", "-m", "immediate"});
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  bool Control(const std::vector<std::string>& what) const {
    std::vector<std::string> line = {Program("pg_ctl"),
                                     "-D",
                                     (folder_ / "data").string(),
                                     "-w",
                                     "-l",
                                     (folder_ / "log").string(),
                                     "-o",
                                     "-c listen_addresses='' -c fsync=off -c "
                                     "unix_socket_directories='" +
                                         folder_.string() + "'"};
    line.insert(line.end(), what.begin(), what.end());
    return Finish(std::move(line));
  }

  static bool Finish(std::vector<std::string> line) {
    if (::geteuid() == 0 && line.front() != "/bin/chown") {
      line.insert(line.begin(),
                  {"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"});
    }
    const auto done = RunProgram(line, 60'000);
    return done && done->status == 0;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-pg-" + HexEncode(RandomBytes(6)));
  bool started_ = false;
};

}  // namespace sluice::catalog
