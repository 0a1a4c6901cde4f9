#include "fuzz.h"
#include "protocol/endpoint.h"

using sluice::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::protocol;
  const std::string_view text = sluice::fuzz::AsText(data, size);
  for (const std::string_view method : {"GET", "HEAD", "POST", "PUT"}) {
    const auto match = MatchEndpoint(method, text);
    if (!match) {
      sluice::fuzz::CheckError(match.error());
      continue;
    }
    const std::vector<std::string_view> arguments(match->arguments.begin(), match->arguments.end());
    const auto again = MatchEndpoint(method, EndpointPath(match->endpoint->id, arguments));
    Require(again.has_value());
    Require(again->endpoint == match->endpoint && again->arguments == match->arguments);
  }
  return 0;
}
