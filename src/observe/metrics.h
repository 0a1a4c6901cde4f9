// What the server counts, in the form that Prometheus scrapes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "observe/access_log.h"

namespace sluice::observe {

/// The Content-Type of Expose().
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Thread-safe. Names: sluice_http_requests_total{endpoint,status},
/// sluice_http_request_seconds{endpoint} (histogram), sluice_http_sent_bytes_total{endpoint},
/// sluice_http_requests_in_flight, sluice_http_incomplete_total{endpoint},
/// sluice_denied_total{endpoint}, sluice_refused_total{reason}, sluice_files_shared_total,
/// sluice_files_shared_bytes_total, sluice_files_skipped_total,
/// sluice_build_info{version}, the usual process_* of Prometheus clients, and what Watch adds.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Every request calls both, once, in this order.
  void RequestStarted();
  void RequestFinished(const AccessRecord& record);

  enum class Kind : std::uint8_t { kGauge, kCounter };
  struct Watched {
    Kind kind = Kind::kGauge;
    std::string name;  ///< "sluice_snapshot_cache_bytes"; counters end in "_total".
    std::string help;
    /// Called by Expose, from its thread; must not block and must outlive this object.
    std::function<double()> read;
    std::map<std::string, std::string> labels = {};  ///< Tell series of one name apart.
  };
  /// A value that somebody else keeps: cached snapshots, open connections, queue lengths.
  void Watch(Watched watched);

  /// All metrics as text.
  std::string Expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::observe
