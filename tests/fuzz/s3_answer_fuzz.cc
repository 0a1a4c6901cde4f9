#include "fuzz.h"
#include "storage/s3/key_json.h"
#include "storage/s3/s3_dialect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::storage;
  using sluice::fuzz::CheckError;
  using sluice::fuzz::Require;
  static const auto dialect = [] {
    const S3Endpoint endpoint = MakeS3Endpoint({}).value();
    return MakeS3Dialect(std::make_shared<const S3Session>(endpoint, endpoint, nullptr, nullptr,
                                                           sluice::SystemClock()),
                         AddressOf(endpoint, "bucket").value());
  }();
  const std::string_view text = sluice::fuzz::AsText(data, size);
  if (const auto page = dialect->ReadListing(text)) {
    for (const auto& object : page->objects) Require(!object.key.empty() && object.size >= 0);
  } else {
    CheckError(page.error());
  }
  sluice::net::HttpResponse answer;
  answer.status = size % 2 == 0 ? 403 : 404;
  answer.body = text;
  const Refusal refusal = dialect->ReadRefusal(answer);
  Require(!refusal.stale);  // An anonymous store has no better credentials.
  if (const auto keys = ReadKeyJson(text)) {
    Require(!keys->value.access_key_id.empty() && !keys->value.secret_access_key.empty());
  } else {
    CheckError(keys.error());
  }
  return 0;
}
