#include "check/session.h"
#include "fuzz.h"

using sluice::fuzz::CheckError;

namespace {

template <typename T>
void Check(const sluice::Result<T>& result) {
  if (!result) CheckError(result.error());
}

sluice::check::Answer MadeOf(int status, std::string_view body) {
  auto response = std::make_shared<sluice::net::HttpResponse>();
  response->status = status;
  response->headers = {{"content-type", "application/json"}, {"delta-table-version", ""}};
  response->headers[1].second = body.substr(0, 20);
  response->body = body;
  return {"GET /x", std::move(response)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::check;
  const std::string_view text = sluice::fuzz::AsText(data, size);
  Check(VersionOf(MadeOf(200, text)));
  Check(ExpectError(MadeOf(400, text), {400}));
  Check(ObjectOf(MadeOf(200, text), sluice::protocol::kTablesShape));
  const auto lines = LinesOf(MadeOf(200, text));
  Check(lines);
  if (!lines) return 0;
  Check(ExpectLineShapes(
      *lines, {"protocol", "metaData", "file", "add", "cdf", "remove", "endStreamAction"}, "x"));
  (void)SortedIds(FilesOf(*lines));
  (void)MetadataOf(*lines);
  return 0;
}
