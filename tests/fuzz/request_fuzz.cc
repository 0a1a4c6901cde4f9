#include "fuzz.h"
#include "protocol/capabilities.h"
#include "protocol/request.h"

using sluice::fuzz::CheckError;
using sluice::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::protocol;
  const std::string_view text = sluice::fuzz::AsText(data, size);
  if (const auto request = ParseQueryRequest(text)) {
    const auto again = ParseQueryRequest(FormatQueryRequest(*request));
    Require(again.has_value());
    Require(again->predicate_hints == request->predicate_hints);
    Require(again->json_predicate_hints == request->json_predicate_hints);
    Require(again->limit_hint == request->limit_hint && again->version == request->version);
    Require(again->timestamp_ms == request->timestamp_ms);
    Require(again->page_token == request->page_token);
    Require(again->idempotency_key == request->idempotency_key);
  } else {
    CheckError(request.error());
  }
  if (const auto info = ParseQueryInfoRequest(text); !info) CheckError(info.error());
  if (const auto location = ParseCredentialsRequest(text); !location) CheckError(location.error());
  if (const auto parameters = ParseQueryString(text)) {
    if (const auto list = ParseListRequest(*parameters); !list) CheckError(list.error());
    if (const auto version = ParseVersionRequest(*parameters); !version) {
      CheckError(version.error());
    }
    if (const auto changes = ParseChangesRequest(*parameters)) {
      const auto again = ParseChangesRequest(FormatChangesRequest(*changes));
      Require(again.has_value());
      Require(again->starting_version == changes->starting_version);
      Require(again->starting_timestamp_ms == changes->starting_timestamp_ms);
      Require(again->ending_version == changes->ending_version);
      Require(again->ending_timestamp_ms == changes->ending_timestamp_ms);
      Require(again->page_token == changes->page_token);
    } else {
      CheckError(changes.error());
    }
    if (const auto metadata = ParseMetadataRequest(*parameters); !metadata) {
      CheckError(metadata.error());
    }
  }
  const Capabilities capabilities = ParseCapabilities(text);
  Require(capabilities.accepts_parquet || capabilities.accepts_delta);
  const Capabilities again = ParseCapabilities(FormatCapabilities(capabilities));
  Require(again.accepts_parquet == capabilities.accepts_parquet);
  Require(again.accepts_delta == capabilities.accepts_delta);
  Require(again.reader_features == capabilities.reader_features);
  return 0;
}
