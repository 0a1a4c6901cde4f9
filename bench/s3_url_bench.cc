// What signing the URLs of an answer costs, a million of which in a table's answer are common, and
// what of that is the digests that no signer can do without.
#include <benchmark/benchmark.h>
#include <openssl/sha.h>
#include <time.h>

#include <chrono>

#include "storage/s3/s3_backend.h"

namespace sluice::storage {
namespace {

constexpr std::string_view kFolder = "lake/sales/";
constexpr std::string_view kKey =
    "date=2024-03-01/country=DE/"
    "part-00017-5c8f0b6e-7c1f-4c25-9d5d-1a2b3c4d5e6f.c000.snappy.parquet";

std::unique_ptr<const UrlSigner> SignerWith(const std::string& session_token) {
  StoreOptions options = {{"region", "eu-central-1"},
                          {"accessKeyId", "AKIAIOSFODNN7EXAMPLE"},
                          {"secretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
  if (!session_token.empty()) options.emplace("sessionToken", session_token);
  Surroundings here;
  here.variable = [](const char*) { return std::string(); };
  const auto backend = MakeS3(options, here).value();
  const auto ports = backend->Open(ParseLocation("s3://company-data/lake/sales").value()).value();
  SigningScope scope;
  scope.expires_at_ms = SystemClock().NowMillis() + 3'600'000;
  return std::move(ports.urls->SignerFor(scope).value());
}

/// Blocks that are hashed of a text whose first `known` bytes all texts have, with its padding.
std::size_t Blocks(std::size_t size, std::size_t known) {
  return (size + 9 + SHA256_CBLOCK - 1) / SHA256_CBLOCK - known / SHA256_CBLOCK;
}

/// Of one URL's signature: the canonical request, and the HMAC of the text that holds its digest.
std::size_t BlocksOfSignature(const std::string& session_token) {
  std::string url;
  if (!SignerWith(session_token)->AppendUrl(kKey, &url)) std::abort();
  constexpr std::string_view kSignature = "&X-Amz-Signature=";
  const std::size_t host = url.find("://") + 3;
  const std::size_t path = url.find('/', host);
  const std::size_t query = url.find('?', path);
  const std::size_t signature = url.find(kSignature, query);
  const std::size_t known = std::string_view("GET\n/").size() + kFolder.size();
  const std::size_t request = std::string_view("GET\n").size() + (query - path) + 1 +
                              (signature - query - 1) + std::string_view("\nhost:").size() +
                              (path - host) + std::string_view("\n\nhost\nUNSIGNED-PAYLOAD").size();
  const std::size_t named =
      SHA256_CBLOCK +
      std::string_view(
          "AWS4-HMAC-SHA256\n20240301T000000Z\n20240301/eu-central-1/s3/aws4_request\n")
          .size();
  const std::size_t digits = 64;
  return Blocks(request, known) + Blocks(named + digits, named) +
         Blocks(SHA256_CBLOCK + SHA256_DIGEST_LENGTH, SHA256_CBLOCK);
}

/// Of this thread's processor.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/// Those blocks and nothing else, by OpenSSL.
class Floor {
 public:
  explicit Floor(const std::string& session_token)
      : blocks_(BlocksOfSignature(session_token) * SHA256_CBLOCK, 'x') {
    SHA256_Init(&digest_);
  }
  void HashOnce() { SHA256_Update(&digest_, blocks_.data(), blocks_.size()); }
  double blocks() const { return static_cast<double>(blocks_.size() / SHA256_CBLOCK); }

 private:
  const std::string blocks_;
  SHA256_CTX digest_;
};
#pragma GCC diagnostic pop

/// The time shown is that of the URLs. By turns with them the floor is hashed, so that both meet
/// the same neighbours; `of_floor` compares the two in time of this thread's processor.
void AppendUrl(benchmark::State& state, const std::string& session_token) {
  constexpr int kBatch = 500;
  const auto signer = SignerWith(session_token);
  Floor floor(session_token);
  std::string out;
  out.reserve(1 << 20);
  double of_urls = 0;
  double of_floor = 0;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    const double first = CpuSeconds();
    out.clear();
    for (int i = 0; i < kBatch; ++i) benchmark::DoNotOptimize(signer->AppendUrl(kKey, &out));
    const double second = CpuSeconds();
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    for (int i = 0; i < kBatch; ++i) floor.HashOnce();
    of_floor += CpuSeconds() - second;
    of_urls += second - first;
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  const double urls = static_cast<double>(state.iterations()) * kBatch;
  using benchmark::Counter;
  state.counters["blocks"] = Counter(floor.blocks(), Counter::kAvgThreads);
  state.counters["url_ns"] = Counter(of_urls / urls * 1e9, Counter::kAvgThreads);
  state.counters["floor_ns"] = Counter(of_floor / urls * 1e9, Counter::kAvgThreads);
  state.counters["of_floor"] = Counter(of_floor / of_urls, Counter::kAvgThreads);
}
BENCHMARK_CAPTURE(AppendUrl, long_lived_key, std::string())
    ->Threads(1)
    ->Threads(2)
    ->UseManualTime();
/// Keys of roles come with a token of about this length, which each URL carries.
BENCHMARK_CAPTURE(AppendUrl, session_token, std::string(700, 't'))
    ->Threads(1)
    ->Threads(2)
    ->UseManualTime();

}  // namespace
}  // namespace sluice::storage

BENCHMARK_MAIN();
