#include "server/api/table_location.h"

#include "base/uri.h"

namespace sluice::api {

Result<std::filesystem::path> LocalFolder(std::string_view location) {
  constexpr std::string_view kFile = "file:";
  if (location.starts_with(kFile)) {
    std::string_view rest = location.substr(kFile.size());
    if (rest.starts_with("//")) {
      rest.remove_prefix(2);
      if (rest.starts_with("localhost/")) rest.remove_prefix(std::string_view("localhost").size());
    }
    if (!rest.starts_with('/')) {
      return Fail(ErrorKind::kInvalidArgument, "location '{}' is no file:///… URI", location);
    }
    SLUICE_TRY(std::string path, PercentDecode(rest));
    return std::filesystem::path(std::move(path));
  }
  const std::size_t scheme = location.find("://");
  if (scheme != std::string_view::npos) {
    return Fail(ErrorKind::kUnsupported, "storage '{}' is not supported; tables must be local",
                location.substr(0, scheme));
  }
  return std::filesystem::path(location);
}

}  // namespace sluice::api
