#include "base/encoding.h"
#include "fuzz.h"
#include "protocol/page_token.h"

using sluice::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::protocol;
  static const sluice::HmacKey key("fuzzing");
  const std::string_view text = sluice::fuzz::AsText(data, size);
  const sluice::Sha256Digest request{};
  // Nobody finds a signature by trying.
  Require(!OpenPageToken(text, {&key, 1}, {0, request, 0}));
  Require(!OpenPageToken(sluice::Base64UrlEncode(text), {&key, 1}, {0, request, 0}));
  PageToken token;
  token.kind = 7;
  token.expires_at_ms = 1;
  token.position = text.substr(0, 1024);
  const auto opened = OpenPageToken(SealPageToken(token, key), {&key, 1}, {7, request, 0});
  Require(opened.has_value() && opened->position == token.position);
  return 0;
}
