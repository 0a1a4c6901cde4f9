// What every file of an answer costs in the base library: escaping, signing, encoding.
#include <benchmark/benchmark.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/uri.h"

namespace sluice {
namespace {

const std::string kPath =
    "date=2024-03-01/country=DE/"
    "part-00017-5c8f0b6e-7c1f-4c25-9d5d-1a2b3c4d5e6f.c000.snappy.parquet";

const std::string kStats =
    R"({"numRecords":100000,"minValues":{"id":1700000,"price":0.01,"name":"Aachen","at":"2024-03-)"
    R"(01T00:00:00.000Z"},"maxValues":{"id":1799999,"price":9999.99,"name":"Zwickau","at":"2024-0)"
    R"(3-01T23:59:59.999Z"},"nullCount":{"id":0,"price":12,"name":0,"at":3}})";

const std::string kUmlauts =
    "Gr\xC3\xBC\xC3\x9F"
    "e aus K\xC3\xB6ln, \xE6\x9D\xB1\xE4\xBA\xAC und anderswo, so weit das Auge reicht";

void JsonString(benchmark::State& state, const std::string& text) {
  std::string out;
  out.reserve(256 << 10);
  for (auto _ : state) {
    if (out.size() > (200 << 10)) out.clear();
    AppendJsonString(text, &out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK_CAPTURE(JsonString, path, kPath);
BENCHMARK_CAPTURE(JsonString, stats, kStats);
BENCHMARK_CAPTURE(JsonString, umlauts, kUmlauts);

void Sign(benchmark::State& state) {
  const HmacKey key(RandomBytes(32));
  const std::string message = "GET\n/files/5c8f0b6e/" + kPath + "\n1700000000000\nrecipient";
  for (auto _ : state) benchmark::DoNotOptimize(key.Sign(message));
}
BENCHMARK(Sign);

void SignedUrl(benchmark::State& state) {
  const HmacKey key(RandomBytes(32));
  for (auto _ : state) {
    std::string url = "https://sharing.example.com/files/5c8f0b6e/" + PercentEncode(kPath, true);
    url += "?expires=1700000000000&signature=";
    url += Base64UrlEncode(AsView(key.Sign(url)));
    benchmark::DoNotOptimize(url.data());
  }
}
BENCHMARK(SignedUrl);

void FileId(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Sha256Hex(kPath));
}
BENCHMARK(FileId);

void FileIdMd5(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Md5Hex(kPath));
}
BENCHMARK(FileIdMd5);

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
