#include "observe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <shared_mutex>
#include <sstream>

#include "observe/process_metrics.h"

namespace sluice::observe {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

Family<Counter>& MakeCounters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

/// From half a millisecond, what a cached listing takes, to a minute.
const Histogram::BucketBoundaries& Buckets() {
  static const Histogram::BucketBoundaries buckets{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return buckets;
}

/// One of a closed set, so that series stay few; null for what was served, or failed on our side.
const char* RefusalReason(const AccessRecord& record) {
  switch (record.status) {
    case 400:
    case 405:
    case 505:
      return "malformed";
    case 401:
      return "unauthenticated";
    case 408:
      return "too_slow";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 415:
      return "compressed";
    case 429:
      return "rate_limited";
    case 503:
      return "unavailable";
    default:
      return record.denied.empty() ? nullptr : "not_granted";
  }
}

}  // namespace

struct Metrics::Impl {
  /// The series of one endpoint, found once by name and then without the library's lock.
  struct Endpoint {
    Counter* bytes;
    Counter* incomplete;
    Counter* denied;
    Histogram* seconds;
    std::map<int, Counter*> by_status;
  };

  Impl();
  Counter& Requests(const std::string& endpoint, int status, Endpoint** found);

  prometheus::Registry registry;
  Family<Counter>& requests;
  Family<Histogram>& seconds;
  Family<Counter>& bytes;
  Family<Counter>& incomplete;
  Family<Counter>& denied;
  Family<Counter>& refused;
  Counter& files;
  Counter& file_bytes;
  Counter& skipped_files;
  Gauge& in_flight;

  std::shared_mutex mutex;  ///< Guards the containers below, not what they point to.
  std::map<std::string, Endpoint, std::less<>> endpoints;
  std::vector<Watched> watched;
};

Metrics::Impl::Impl()
    : requests(MakeCounters(registry, "sluice_http_requests_total", "Requests answered")),
      seconds(prometheus::BuildHistogram()
                  .Name("sluice_http_request_seconds")
                  .Help("Time from the first byte of a request to the last of its answer")
                  .Register(registry)),
      bytes(MakeCounters(registry, "sluice_http_sent_bytes_total", "Bytes of bodies sent")),
      incomplete(MakeCounters(registry, "sluice_http_incomplete_total",
                              "Answers that broke off before their end")),
      denied(MakeCounters(registry, "sluice_denied_total", "Requests refused access")),
      refused(MakeCounters(registry, "sluice_refused_total",
                           "Requests that were not served, by what was wrong with them")),
      files(MakeCounters(registry, "sluice_files_shared_total", "Data files handed out").Add({})),
      file_bytes(MakeCounters(registry, "sluice_files_shared_bytes_total",
                              "Sizes of the data files handed out")
                     .Add({})),
      skipped_files(MakeCounters(registry, "sluice_files_skipped_total",
                                 "Data files that the hints of queries left out")
                        .Add({})),
      in_flight(prometheus::BuildGauge()
                    .Name("sluice_http_requests_in_flight")
                    .Help("Requests being answered now")
                    .Register(registry)
                    .Add({})) {
  prometheus::BuildGauge()
      .Name("sluice_build_info")
      .Help("The program's version, as a label")
      .Register(registry)
      .Add({{"version", SLUICE_VERSION}})
      .Set(1);
}

Counter& Metrics::Impl::Requests(const std::string& endpoint, int status, Endpoint** found) {
  {
    const std::shared_lock lock(mutex);
    if (const auto it = endpoints.find(endpoint); it != endpoints.end()) {
      const auto counter = it->second.by_status.find(status);
      *found = &it->second;
      if (counter != it->second.by_status.end()) return *counter->second;
    }
  }
  const std::unique_lock lock(mutex);
  auto it = endpoints.find(endpoint);
  if (it == endpoints.end()) {
    const prometheus::Labels labels{{"endpoint", endpoint}};
    it = endpoints
             .emplace(endpoint, Endpoint{&bytes.Add(labels),
                                         &incomplete.Add(labels),
                                         &denied.Add(labels),
                                         &seconds.Add(labels, Buckets()),
                                         {}})
             .first;
  }
  *found = &it->second;
  Counter*& counter = it->second.by_status[status];
  if (counter == nullptr) {
    counter = &requests.Add({{"endpoint", endpoint}, {"status", std::to_string(status)}});
  }
  return *counter;
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::RequestStarted() {
  impl_->in_flight.Increment();
}

void Metrics::RequestFinished(const AccessRecord& record) {
  Impl::Endpoint* endpoint = nullptr;
  impl_->Requests(record.endpoint, record.status, &endpoint).Increment();
  endpoint->bytes->Increment(static_cast<double>(record.bytes_sent));
  endpoint->seconds->Observe(static_cast<double>(record.duration_us) / 1e6);
  if (!record.complete) endpoint->incomplete->Increment();
  if (!record.denied.empty()) endpoint->denied->Increment();
  if (const char* reason = RefusalReason(record)) {
    impl_->refused.Add({{"reason", reason}}).Increment();
  }
  if (record.file_bytes) impl_->file_bytes.Increment(static_cast<double>(*record.file_bytes));
  if (record.files) impl_->files.Increment(static_cast<double>(*record.files));
  if (record.skipped_files) {
    impl_->skipped_files.Increment(static_cast<double>(*record.skipped_files));
  }
  impl_->in_flight.Decrement();
}

void Metrics::Watch(Watched watched) {
  const std::unique_lock lock(impl_->mutex);
  impl_->watched.push_back(std::move(watched));
}

std::string Metrics::Expose() const {
  auto families = impl_->registry.Collect();
  for (auto& family : CollectProcess()) families.push_back(std::move(family));
  {
    const std::shared_lock lock(impl_->mutex);
    std::map<std::string, std::size_t> places;
    for (const auto& watched : impl_->watched) {
      prometheus::ClientMetric metric;
      const bool counter = watched.kind == Kind::kCounter;
      (counter ? metric.counter.value : metric.gauge.value) = watched.read();
      for (const auto& [name, value] : watched.labels) metric.label.push_back({name, value});
      const auto [place, is_new] = places.emplace(watched.name, families.size());
      if (is_new) {
        const auto type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
        families.push_back({watched.name, watched.help, type, {}});
      }
      families[place->second].metric.push_back(std::move(metric));
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace sluice::observe
