#include "fuzz.h"
#include "protocol/ndjson_reader.h"

using sluice::fuzz::CheckError;

namespace {

template <typename T>
void Check(const sluice::Result<T>& result) {
  if (!result) CheckError(result.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::protocol;
  std::string_view text = sluice::fuzz::AsText(data, size);
  Check(ParseShares(text));
  Check(ParseSchemas(text));
  Check(ParseTables(text));
  (void)ParseError(text);
  for (const auto format : {ResponseFormat::kParquet, ResponseFormat::kDelta}) {
    LineParser parser(format);
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      Check(parser.Parse(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return 0;
}
