#include "fuzz.h"
#include "server/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = sluice::config::ParseConfig(sluice::fuzz::AsText(data, size), "c.yaml");
  if (!config) {
    sluice::fuzz::CheckError(config.error());
    sluice::fuzz::Require(config.error().message.starts_with("c.yaml:"));
  }
  return 0;
}
