#include "fuzz.h"
#include "storage/gcs/credential_file.h"
#include "storage/gcs/gcs_dialect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::storage;
  using sluice::fuzz::CheckError;
  using sluice::fuzz::Require;
  static const GcsDialect dialect({}, ParseLocation("gs://bucket").value(), nullptr);
  const std::string_view text = sluice::fuzz::AsText(data, size);
  if (const auto page = dialect.ReadListing(text)) {
    for (const auto& object : page->objects) Require(!object.key.empty() && object.size >= 0);
  } else {
    CheckError(page.error());
  }
  sluice::net::HttpResponse answer;
  answer.status = size % 2 == 0 ? 401 : 404;
  answer.body = text;
  Require(!dialect.ReadRefusal(answer).stale);  // Anonymous: there is no better credential.
  if (const auto file = ParseCredentialFile(text)) {
    Require(file->acts_as_url.find("/serviceAccounts/") != std::string::npos ||
            file->acts_as_url.empty());
  } else {
    CheckError(file.error());
  }
  return 0;
}
