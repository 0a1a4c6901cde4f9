#include "observe/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace sluice::observe {
namespace {

using prometheus::MetricType;

prometheus::MetricFamily One(MetricType type, std::string name, std::string help, double value) {
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {std::move(name), std::move(help), type, {std::move(metric)}};
}

/// Numbered as in proc(5), from 1.
std::optional<double> StatField(int number) {
  std::ifstream in("/proc/self/stat");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  // The program's name, field 2, may hold spaces and brackets.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= number; ++i) fields >> field;
  return fields ? std::optional(std::strtod(field.c_str(), nullptr)) : std::nullopt;
}

std::optional<double> BootTime() {
  std::ifstream in("/proc/stat");
  std::string name;
  double value = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    if (fields >> name >> value && name == "btime") return value;
  }
  return std::nullopt;
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> OpenDescriptors() {
  std::error_code code;
  double count = 0;
  auto it = std::filesystem::directory_iterator("/proc/self/fd", code);
  for (; !code && it != std::filesystem::directory_iterator(); it.increment(code)) ++count;
  // The iterator's own is among them.
  return code || count < 1 ? std::nullopt : std::optional(count - 1);
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcess() {
  std::vector<prometheus::MetricFamily> out;
  out.push_back(One(MetricType::Counter, "process_cpu_seconds_total",
                    "User and system time spent, in seconds", CpuSeconds()));
  if (const auto pages = StatField(24)) {
    out.push_back(One(MetricType::Gauge, "process_resident_memory_bytes", "Resident memory",
                      *pages * static_cast<double>(::sysconf(_SC_PAGESIZE))));
  }
  if (const auto bytes = StatField(23)) {
    out.push_back(One(MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory", *bytes));
  }
  if (const auto count = OpenDescriptors()) {
    out.push_back(One(MetricType::Gauge, "process_open_fds", "Open file descriptors", *count));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.push_back(One(MetricType::Gauge, "process_max_fds", "Limit of open file descriptors",
                      static_cast<double>(limit.rlim_cur)));
  }
  const auto started = StatField(22);
  const auto boot = BootTime();
  if (started && boot) {
    out.push_back(One(MetricType::Gauge, "process_start_time_seconds",
                      "When the process started, in seconds since the epoch",
                      *boot + *started / static_cast<double>(::sysconf(_SC_CLK_TCK))));
  }
  return out;
}

}  // namespace sluice::observe
