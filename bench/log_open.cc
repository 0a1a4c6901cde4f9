// Opens the log of a table and follows it, for run.py; prints one JSON object.
//
//     log_open TABLE [COMMITS]
//
// COMMITS (0) commits of 10 actions each, five files added and five removed, are written behind the
// log, followed one by one, and deleted again: give it a table that nobody else uses.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/thread_pool.h"
#include "delta/log_file.h"
#include "delta/table.h"
#include "storage/local_store.h"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

double MillisSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double CpuMillis() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto millis = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return millis(usage.ru_utime) + millis(usage.ru_stime);
}

/// Memory that the process holds now, in bytes.
long long ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  long long total = 0;
  long long resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

template <typename T>
T OrExit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "log_open: %s\n", result.error().message.c_str());
  std::exit(1);
}

std::string AddLine(std::int64_t version, int number) {
  return fmt::format(
      R"({{"add":{{"path":"date=2024-01-01/new-{}-{}.parquet","partitionValues":{{"date":"2024-01-01"}},)"
      R"("size":1000000,"modificationTime":1700000000000,"dataChange":true,"stats":"{{\"numRecords\":1}}"}}}})",
      version, number);
}

/// Five live files of the table, another five for each `round`.
std::vector<std::string> SomePaths(const delta::Snapshot& snapshot, std::int64_t round) {
  std::vector<std::string> paths;
  const std::int64_t step = std::max<std::int64_t>(1, snapshot.num_files() / 7919);
  std::int64_t skip = round * 5 * step;
  for (const auto& batch : snapshot.batches()) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); row += step) {
      if (skip-- > 0 || !batch.IsLive(row)) continue;
      paths.emplace_back(batch.files->Row(row).path);
      if (paths.size() == 5) return paths;
    }
  }
  return paths;
}

struct Follow {
  std::vector<double> refresh_ms;
  double idle_ms = 0;
};

/// Removes what it wrote, also when something fails.
class Commits {
 public:
  explicit Commits(std::filesystem::path root) : root_(std::move(root)) {}
  ~Commits() {
    for (const auto& path : written_) std::filesystem::remove(path);
  }
  void Write(std::int64_t version, const std::vector<std::string>& removed) {
    written_.push_back(root_ / delta::CommitKey(version));
    std::ofstream file(written_.back());
    for (int i = 0; i < 5; ++i) file << AddLine(version, i) << "\n";
    for (const auto& path : removed) {
      file << R"({"remove":{"path":")" << path << R"(","dataChange":true}})"
           << "\n";
    }
  }

 private:
  std::filesystem::path root_;
  std::vector<std::filesystem::path> written_;
};

Follow FollowCommits(delta::Table& table, const std::filesystem::path& root, int count) {
  Follow follow;
  Commits commits(root);
  for (int i = 0; i < count; ++i) {
    const auto before = OrExit(table.Latest());
    const auto paths = SomePaths(*before, i);
    commits.Write(before->version() + 1, paths);
    const auto begin = Clock::now();
    const auto after = OrExit(table.Latest());
    follow.refresh_ms.push_back(MillisSince(begin));
    const auto expected = before->num_files() + 5 - static_cast<std::int64_t>(paths.size());
    if (after->num_files() != expected || after->version() != before->version() + 1) {
      std::fprintf(stderr, "log_open: %lld files instead of %lld\n",
                   static_cast<long long>(after->num_files()), static_cast<long long>(expected));
      std::exit(1);
    }
  }
  const auto begin = Clock::now();
  for (int i = 0; i < 1000; ++i) OrExit(table.Latest());
  follow.idle_ms = MillisSince(begin) / 1000;
  return follow;
}

int Main(const std::filesystem::path& root, int commits) {
  ThreadPool pool;
  const long long resident_before = ResidentBytes();
  const double cpu_before = CpuMillis();
  const auto begin = Clock::now();
  const auto table = delta::Table::Make(OrExit(storage::OpenLocalStore(root)), {.pool = &pool});
  auto snapshot = OrExit(table->Latest());
  const double open_ms = MillisSince(begin);
  const double cpu_ms = CpuMillis() - cpu_before;
  const long long files = snapshot->num_files();
  const long long bytes = snapshot->memory_bytes();
  const long long resident = ResidentBytes() - resident_before;
  snapshot.reset();
  const Follow follow = FollowCommits(*table, root, commits);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::vector<double> later = follow.refresh_ms;
  if (!later.empty()) later.erase(later.begin());
  std::sort(later.begin(), later.end());
  std::printf(
      "{\"files\":%lld,\"open_ms\":%.1f,\"cpu_ms\":%.1f,\"snapshot_bytes\":%lld,"
      "\"resident_bytes\":%lld,\"table_bytes\":%lld,\"peak_mb\":%.0f,\"first_refresh_ms\":%.3f,"
      "\"refresh_ms\":%.3f,\"slowest_refresh_ms\":%.3f,\"idle_refresh_ms\":%.4f}\n",
      files, open_ms, cpu_ms, bytes, resident, static_cast<long long>(table->memory_bytes()),
      static_cast<double>(usage.ru_maxrss) / 1024.0,
      follow.refresh_ms.empty() ? 0.0 : follow.refresh_ms.front(),
      later.empty() ? 0.0 : later[later.size() / 2], later.empty() ? 0.0 : later.back(),
      follow.idle_ms);
  return 0;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s TABLE [COMMITS]\n", argv[0]);
    return 2;
  }
  return sluice::Main(argv[1], argc > 2 ? std::atoi(argv[2]) : 0);
}
