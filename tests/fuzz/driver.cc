// Runs a fuzz target without libFuzzer: every seed as it is, then inputs bred from the seeds by a
// fixed random sequence. So each target runs in every test run, with any compiler; libFuzzer, which
// follows the coverage, goes deeper (README.md).
//
//     fuzz_line SEED_FOLDER [MUTATIONS]
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kLargestInput = std::size_t{64} << 10;

/// Bytes that parsers stumble over.
constexpr std::string_view kSpices[] = {"{",
                                        "}",
                                        "[",
                                        "]",
                                        "\"",
                                        "\\",
                                        "\\u0000",
                                        "\\ud800",
                                        ":",
                                        ",",
                                        "null",
                                        "0",
                                        "-1",
                                        "1e9",
                                        "%2e",
                                        "%",
                                        "..",
                                        "/",
                                        "\n",
                                        "\r\n",
                                        "=",
                                        "'",
                                        ";",
                                        "`",
                                        "(",
                                        ")",
                                        "NOT ",
                                        "\xff\xfe",
                                        "\xf0\x9f",
                                        "&",
                                        "*",
                                        "#",
                                        "\t",
                                        "9223372036854775808",
                                        "1e999",
                                        "-0.0",
                                        "NaN",
                                        "2021-02-30",
                                        "\x00\x00\x00\x00"};

class Breeder {
 public:
  explicit Breeder(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string Next() {
    std::string input = seeds_[Below(seeds_.size())];
    for (std::size_t i = 1 + Below(6); i > 0; --i) Mutate(&input);
    input.resize(std::min(input.size(), kLargestInput));
    return input;
  }

 private:
  std::size_t Below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void Mutate(std::string* input) {
    const std::size_t at = Below(input->size() + 1);
    const std::size_t length = Below(std::min<std::size_t>(input->size() - at, 64) + 1);
    switch (Below(6)) {
      case 0:
        if (at < input->size()) (*input)[at] = static_cast<char>(random_());
        break;
      case 1:
        input->erase(at, length);
        break;
      case 2:
        input->insert(at, kSpices[Below(std::size(kSpices))]);
        break;
      case 3:  // What stands here stands many times.
        for (std::string part = input->substr(at, length); part.size() < 2048 && !part.empty();) {
          part += part;
          if (part.size() >= 2048) input->insert(at, part);
        }
        break;
      case 4: {
        const std::string& other = seeds_[Below(seeds_.size())];
        input->insert(at, other, Below(other.size() + 1), Below(256));
        break;
      }
      default:
        input->resize(at);
    }
  }

  std::vector<std::string> seeds_;
  std::mt19937 random_{20250101};
};

constexpr unsigned kSecondsEach = 20;
constexpr rlim_t kMemoryBytes = rlim_t{2} << 30;

const std::string* current_input = nullptr;

/// Keeps the input that ended the run. Only what a signal handler may call.
void OnSignal(int signal) {
  constexpr char kFile[] = "fuzz-finding";
  const int file = ::open(kFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const char* const why = signal == SIGALRM ? "took too long" : "broke something";
  ::dprintf(STDERR_FILENO, "the input %s; it is kept in the file %s\n", why, kFile);
  if (file < 0 || current_input == nullptr) ::_exit(1);
  ::_exit(::write(file, current_input->data(), current_input->size()) < 0 ? 1 : 2);
}

void KeepFindings() {
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGALRM})
    std::signal(signal, OnSignal);
#ifdef SLUICE_LIMIT_MEMORY
  const rlimit limit{kMemoryBytes, kMemoryBytes};
  ::setrlimit(RLIMIT_AS, &limit);
#endif
}

void Run(const std::string& input) {
  current_input = &input;
  ::alarm(kSecondsEach);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  ::alarm(0);
  current_input = nullptr;
}

std::vector<std::string> ReadSeeds(const char* folder) {
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::sort(seeds.begin(), seeds.end());  // The order of a listing is no fixed one.
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s SEED_FOLDER [MUTATIONS]\n", argv[0]);
    return 2;
  }
  std::vector<std::string> seeds = ReadSeeds(argv[1]);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", argv[1]);
    return 1;
  }
  KeepFindings();
  Run("");
  for (const std::string& seed : seeds) Run(seed);
  const long mutations = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 0;
  Breeder breeder(std::move(seeds));
  for (long i = 0; i < mutations; ++i) Run(breeder.Next());
  std::printf("%ld inputs\n", mutations);
  return 0;
}
