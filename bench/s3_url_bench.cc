// What signing the URLs of an answer costs: a million of them in a table's answer are common.
#include <benchmark/benchmark.h>

#include "storage/s3/s3_backend.h"

namespace sluice::storage {
namespace {

const std::string kKey =
    "date=2024-03-01/country=DE/"
    "part-00017-5c8f0b6e-7c1f-4c25-9d5d-1a2b3c4d5e6f.c000.snappy.parquet";

std::unique_ptr<const UrlSigner> SignerWith(std::string session_token) {
  StoreOptions options = {{"region", "eu-central-1"},
                          {"accessKeyId", "AKIAIOSFODNN7EXAMPLE"},
                          {"secretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
  if (!session_token.empty()) options.emplace("sessionToken", std::move(session_token));
  Surroundings here;
  here.variable = [](const char*) { return std::string(); };
  const auto backend = MakeS3(options, here).value();
  const auto ports = backend->Open(ParseLocation("s3://company-data/lake/sales").value()).value();
  SigningScope scope;
  scope.expires_at_ms = SystemClock().NowMillis() + 3'600'000;
  return std::move(ports.urls->SignerFor(scope).value());
}

void AppendUrl(benchmark::State& state, const std::string& session_token) {
  static std::unique_ptr<const UrlSigner> signer;
  if (state.thread_index() == 0) signer = SignerWith(session_token);
  std::string out;
  out.reserve(512 << 10);
  for (auto _ : state) {
    if (out.size() > (256 << 10)) out.clear();
    benchmark::DoNotOptimize(signer->AppendUrl(kKey, &out));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(AppendUrl, long_lived_key, std::string())->Threads(1)->Threads(2)->UseRealTime();
/// Keys of roles come with a token of about this length, which each URL carries.
BENCHMARK_CAPTURE(AppendUrl, session_token, std::string(700, 't'))
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

}  // namespace
}  // namespace sluice::storage

BENCHMARK_MAIN();
