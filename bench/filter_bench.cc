// What a predicate costs on a snapshot of a million files: a date as the partition column,
// statistics of four columns, about 300 bytes each.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "base/thread_pool.h"
#include "delta/file_batch_builder.h"
#include "delta/file_filter.h"
#include "delta/partition_columns.h"
#include "predicate/sql_predicate.h"

namespace sluice {
namespace {

constexpr std::int64_t kFiles = 1'000'000;
constexpr int kThreads = 2;
constexpr int kDates = 1000;

constexpr std::string_view kSchema =
    R"x({"type":"struct","fields":[{"name":"date","type":"date","nullable":true,"metadata":{}},)x"
    R"x({"name":"id","type":"long","nullable":true,"metadata":{}},)x"
    R"x({"name":"amount","type":"decimal(12,2)","nullable":true,"metadata":{}},)x"
    R"x({"name":"at","type":"timestamp","nullable":true,"metadata":{}},)x"
    R"x({"name":"name","type":"string","nullable":true,"metadata":{}}]})x";

std::string DateText(std::int64_t day) {
  return fmt::format("{}-{:02}-{:02}", 2020 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
}

std::string StatsText(std::int64_t file) {
  const std::string date = DateText(file % kDates);
  return fmt::format(
      R"({{"numRecords":1000,"minValues":{{"id":{},"amount":{}.25,"at":"{}T00:00:00.000Z","name":"name-{:09}"}},)"
      R"("maxValues":{{"id":{},"amount":{}.75,"at":"{}T23:59:59.999Z","name":"name-{:09}"}},)"
      R"("nullCount":{{"id":0,"amount":3,"at":0,"name":0}}}})",
      file * 1000, file % 5000, date, file * 7 % 1'000'000, file * 1000 + 999, file % 5000 + 100,
      date, file * 7 % 1'000'000 + 100);
}

delta::SnapshotPtr MakeSnapshot() {
  delta::SnapshotParts parts;
  parts.metadata.schema_string = kSchema;
  parts.metadata.partition_columns = {"date"};
  auto schema = delta::ParseSchema(parts.metadata);
  if (!schema) std::abort();
  parts.schema = *std::move(schema);
  delta::FileBatchBuilder builder({"date"});
  for (std::int64_t file = 0; file < kFiles; ++file) {
    delta::AddFile add;
    add.path = fmt::format("date={}/part-{:05}.parquet", DateText(file % kDates), file);
    add.size = 1'000'000;
    add.partition_values = {{"date", DateText(file % kDates)}};
    add.stats = StatsText(file);
    if (!builder.Append(add)) std::abort();
  }
  auto batches = builder.Finish();
  if (!batches) std::abort();
  parts.batches = *std::move(batches);
  return std::make_shared<const delta::Snapshot>(std::move(parts));
}

const delta::SnapshotPtr& Files() {
  static const delta::SnapshotPtr snapshot = MakeSnapshot();
  return snapshot;
}

/// The same files, of which nothing was derived yet.
delta::SnapshotPtr FilesAnew() {
  delta::SnapshotParts parts;
  parts.metadata = Files()->metadata();
  parts.schema = Files()->schema();
  for (const auto& batch : Files()->batches()) {
    auto files = std::make_shared<delta::FileBatch>(*batch.files);
    files->bounds = std::make_shared<delta::BoundsCache>();
    parts.batches.push_back(batch);
    parts.batches.back().files = std::move(files);
  }
  return std::make_shared<const delta::Snapshot>(std::move(parts));
}

std::int64_t CountLeft(const delta::SnapshotPtr& snapshot, std::string_view sql, ThreadPool* pool) {
  const auto filter = delta::FileFilter::Bind(*predicate::ParseSqlPredicate(sql),
                                              snapshot->schema(), snapshot->metadata(), {});
  return delta::FilterFiles(snapshot, filter, pool).snapshot->num_files();
}

constexpr std::string_view kPartition = "date >= '2021-03-01' AND date < '2021-04-01'";
constexpr std::string_view kTwoColumns = "id BETWEEN 400000000 AND 500000000 AND amount > 2500";
constexpr std::string_view kText = "name LIKE 'name-0001%'";

void BM_Warm(benchmark::State& state, std::string_view sql) {
  ThreadPool pool(kThreads);
  std::int64_t left = CountLeft(Files(), sql, &pool);
  for (auto _ : state) left = CountLeft(Files(), sql, &pool);
  state.counters["files_left"] = static_cast<double>(left);
}

void BM_FirstTime(benchmark::State& state, std::string_view sql) {
  ThreadPool pool(kThreads);
  std::int64_t left = 0;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto snapshot = FilesAnew();
    const auto before = snapshot->memory_bytes();
    state.ResumeTiming();
    left = CountLeft(snapshot, sql, &pool);
    state.PauseTiming();
    bytes = snapshot->memory_bytes() - before;
    state.ResumeTiming();
  }
  state.counters["files_left"] = static_cast<double>(left);
  state.counters["bytes_a_file"] = static_cast<double>(bytes) / kFiles;
}

BENCHMARK_CAPTURE(BM_Warm, partition, kPartition)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_FirstTime, partition, kPartition)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Warm, two_columns, kTwoColumns)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_FirstTime, two_columns, kTwoColumns)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Warm, text, kText)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_FirstTime, text, kText)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
