#include "storage/object_store.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice::storage {
namespace {

/// Longer than any path a kernel or cloud store takes.
constexpr std::size_t kMaxKeyBytes = 4096;

/// A key as it may stand in a message: hostile ones are long or hold line breaks.
std::string Printable(std::string_view key) {
  std::string out;
  AppendJsonString(key.substr(0, 256), &out);
  return out;
}

}  // namespace

void SortFolders(std::vector<std::string>* folders) {
  std::sort(folders->begin(), folders->end());
  folders->erase(std::unique(folders->begin(), folders->end()), folders->end());
}

tl::unexpected<Error> TreeTooLarge(std::string_view prefix) {
  return Fail(ErrorKind::kTooLarge, "more than {} objects have names that begin with {}",
              kMaxTreeObjects, Printable(prefix));
}

Status CheckKey(std::string_view key) {
  if (key.empty()) return Fail(ErrorKind::kInvalidArgument, "an object key must not be empty");
  if (key.size() > kMaxKeyBytes) {
    return Fail(ErrorKind::kInvalidArgument, "an object key of {} bytes, at most {} are allowed",
                key.size(), kMaxKeyBytes);
  }
  if (key.find('\0') != std::string_view::npos || !IsUtf8(key)) {
    return Fail(ErrorKind::kInvalidArgument, "object key {} is not UTF-8 text", Printable(key));
  }
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") {
      return Fail(ErrorKind::kInvalidArgument, "object key {} has a segment '{}'", Printable(key),
                  segment);
    }
    begin = end + 1;
  }
  return {};
}

Status CheckPrefix(std::string_view prefix) {
  const std::size_t slash = prefix.rfind('/');
  if (slash == std::string_view::npos) {
    return prefix.empty() || prefix == "." || prefix == ".." ? Status{} : CheckKey(prefix);
  }
  return CheckKey(prefix.substr(0, slash));
}

}  // namespace sluice::storage
