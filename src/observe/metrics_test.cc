#include "observe/metrics.h"

#include <gmock/gmock.h>

#include <cstring>
#include <thread>

namespace sluice::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

AccessRecord Answer(std::string endpoint, int status) {
  AccessRecord record;
  record.endpoint = std::move(endpoint);
  record.status = status;
  return record;
}

TEST(Metrics, CountsByEndpointAndStatus) {
  Metrics metrics;
  for (const int status : {200, 200, 404}) {
    metrics.RequestStarted();
    metrics.RequestFinished(Answer("query", status));
  }
  metrics.RequestStarted();
  metrics.RequestFinished(Answer("list_shares", 200));
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("sluice_http_requests_total{endpoint=\"query\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sluice_http_requests_total{endpoint=\"query\",status=\"404\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("sluice_http_requests_total{endpoint=\"list_shares\",status=\"200\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_http_requests_in_flight 0\n"));
}

TEST(Metrics, InFlightRisesAndFalls) {
  Metrics metrics;
  metrics.RequestStarted();
  metrics.RequestStarted();
  EXPECT_THAT(metrics.Expose(), HasSubstr("sluice_http_requests_in_flight 2\n"));
  metrics.RequestFinished(Answer("query", 200));
  EXPECT_THAT(metrics.Expose(), HasSubstr("sluice_http_requests_in_flight 1\n"));
}

TEST(Metrics, TimeFallsIntoItsBucket) {
  Metrics metrics;
  auto record = Answer("query", 200);
  record.duration_us = 7'000;
  metrics.RequestStarted();
  metrics.RequestFinished(record);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text,
              HasSubstr("sluice_http_request_seconds_bucket{endpoint=\"query\",le=\"0.005\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("sluice_http_request_seconds_bucket{endpoint=\"query\",le=\"0.01\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_http_request_seconds_sum{endpoint=\"query\"} 0.007\n"));
}

TEST(Metrics, BytesFilesRefusalsAndBrokenAnswers) {
  Metrics metrics;
  auto record = Answer("query", 200);
  record.bytes_sent = 1000;
  record.files = 30;
  record.skipped_files = 12;
  record.complete = false;
  metrics.RequestStarted();
  metrics.RequestFinished(record);
  record = Answer("query", 404);
  record.denied = "no grant";
  metrics.RequestStarted();
  metrics.RequestFinished(record);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("sluice_http_sent_bytes_total{endpoint=\"query\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("sluice_files_shared_total 30\n"));
  EXPECT_THAT(text, HasSubstr("sluice_files_skipped_total 12\n"));
  EXPECT_THAT(text, HasSubstr("sluice_http_incomplete_total{endpoint=\"query\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_denied_total{endpoint=\"query\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("no grant")));
}

TEST(Metrics, WatchedValuesAreReadAtEachScrape) {
  Metrics metrics;
  double cached = 1;
  metrics.Watch(
      {Metrics::Kind::kGauge, "sluice_snapshot_cache_bytes", "Held", [&cached] { return cached; }});
  metrics.Watch(
      {Metrics::Kind::kCounter, "sluice_snapshot_cache_hits_total", "Found", [] { return 5.0; }});
  EXPECT_THAT(metrics.Expose(), HasSubstr("# TYPE sluice_snapshot_cache_bytes gauge\n"
                                          "sluice_snapshot_cache_bytes 1\n"));
  cached = 4096;
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("sluice_snapshot_cache_bytes 4096\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE sluice_snapshot_cache_hits_total counter\n"
                              "sluice_snapshot_cache_hits_total 5\n"));
}

TEST(Metrics, ProcessAndBuildAreThere) {
  const std::string text = Metrics().Expose();
  EXPECT_THAT(text, HasSubstr("sluice_build_info{version=\"" SLUICE_VERSION "\"} 1\n"));
  for (const char* name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
        "process_max_fds", "process_start_time_seconds", "process_virtual_memory_bytes"}) {
    const std::size_t at = text.find("\n" + std::string(name) + " ");
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(std::strtod(text.c_str() + at + 2 + std::strlen(name), nullptr), 0) << name;
  }
}

TEST(Metrics, AnyThread) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 500; ++i) {
        metrics.RequestStarted();
        metrics.RequestFinished(Answer(i % 2 == 0 ? "a" : "b", 200 + i % 5));
        EXPECT_FALSE(i % 100 == 0 && metrics.Expose().empty());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("sluice_http_request_seconds_count{endpoint=\"a\"} 1000\n"));
  EXPECT_THAT(text, HasSubstr("sluice_http_request_seconds_count{endpoint=\"b\"} 1000\n"));
}

}  // namespace
}  // namespace sluice::observe
