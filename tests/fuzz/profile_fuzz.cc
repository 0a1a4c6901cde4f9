#include "fuzz.h"
#include "protocol/profile.h"

using sluice::fuzz::CheckError;
using sluice::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::protocol;
  const std::string_view text = sluice::fuzz::AsText(data, size);
  if (const auto profile = ParseProfile(text)) {
    const auto again = ParseProfile(FormatProfile(*profile));
    Require(again.has_value());
    Require(again->endpoint == profile->endpoint);
    Require(again->credential == profile->credential);
    Require(again->expiration_time_ms == profile->expiration_time_ms);
  } else {
    CheckError(profile.error());
  }
  if (const auto url = ParseTableUrl(text)) {
    Require(url->profile + "#" + url->table.share + "." + url->table.schema + "." +
                url->table.table ==
            text);
  }
  return 0;
}
