#include "delta/actions.h"

#include <algorithm>
#include <cctype>

#include "base/encoding.h"
#include "base/uri.h"
#include "storage/object_store.h"

namespace sluice::delta {
namespace {

constexpr std::size_t kUuidZ85Length = 20;
constexpr std::size_t kQuotedBytes = 300;

std::string Quoted(std::string_view text) {
  return Printable(text, kQuotedBytes);
}

/// "file:", "s3a:" and the like; "time=10:30" is no scheme.
bool HasScheme(std::string_view path) {
  const auto colon = path.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  if (std::isalpha(static_cast<unsigned char>(path[0])) == 0) return false;
  return std::all_of(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
  });
}

std::string FormatUuid(std::string_view bytes) {
  std::string hex = HexEncode(bytes);
  for (const std::size_t dash : {8, 13, 18, 23}) hex.insert(dash, 1, '-');
  return hex;
}

}  // namespace

const std::string* Metadata::Property(std::string_view key) const {
  for (const auto& [name, value] : configuration) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool Metadata::IsOn(std::string_view key) const {
  constexpr std::string_view kTrue = "true";
  const std::string* value = Property(key);
  return value != nullptr && std::equal(value->begin(), value->end(), kTrue.begin(), kTrue.end(),
                                        [](char a, char b) { return (a | 0x20) == b; });
}

std::string DeletionVector::UniqueId() const {
  std::string id(1, storage_type);
  id += path_or_inline;
  if (offset) id += fmt::format("@{}", *offset);
  return id;
}

bool IsAbsolutePath(std::string_view logged_path) {
  return logged_path.starts_with('/') || HasScheme(logged_path);
}

Result<storage::Location> LocationOf(std::string_view logged_path) {
  constexpr std::string_view kScheme = "file:";
  std::string_view path = logged_path;
  if (path.starts_with(kScheme)) {
    path.remove_prefix(kScheme.size());
    if (path.starts_with("//")) path.remove_prefix(2);
  }
  const bool local = path.starts_with('/') && !path.starts_with("//");
  if (!local && (path.size() != logged_path.size() || !HasScheme(logged_path))) {
    return Fail(ErrorKind::kUnsupported, "'{}' is no path of a file", Quoted(logged_path));
  }
  auto decoded = PercentDecode(path);
  if (!decoded) {
    return Fail(ErrorKind::kCorrupt, "path '{}': {}", Quoted(logged_path), decoded.error().message);
  }
  storage::Location place;
  if (local) {
    place.folder = *std::move(decoded);
    return place;
  }
  auto parsed = storage::ParseLocation(*decoded);
  if (parsed) return parsed;
  return Fail(ErrorKind::kUnsupported, "path '{}' is of no store that is known",
              Quoted(logged_path));
}

Result<std::string> ObjectKeyOf(std::string_view logged_path) {
  if (IsAbsolutePath(logged_path)) {
    return Fail(ErrorKind::kUnsupported, "the absolute path '{}' of a data file is not supported",
                Quoted(logged_path));
  }
  auto key = PercentDecode(logged_path);
  if (!key)
    return Fail(ErrorKind::kCorrupt, "path '{}': {}", Quoted(logged_path), key.error().message);
  if (auto valid = storage::CheckKey(*key); !valid) {
    return Fail(ErrorKind::kCorrupt, "path '{}': {}", Quoted(logged_path), valid.error().message);
  }
  return key;
}

Result<std::string> DeletionVectorKey(const DeletionVector& vector) {
  if (vector.storage_type == 'p') {
    return Fail(ErrorKind::kUnsupported,
                "the absolute path '{}' of a deletion vector is not supported",
                Quoted(vector.path_or_inline));
  }
  if (vector.storage_type != 'u') {
    return Fail(ErrorKind::kInvalidArgument,
                "a deletion vector of storage type '{}' has no file of its own",
                vector.storage_type);
  }
  const std::string_view text = vector.path_or_inline;
  if (text.size() < kUuidZ85Length) {
    return Fail(ErrorKind::kCorrupt, "deletionVector.pathOrInlineDv '{}' is too short",
                Quoted(text));
  }
  const auto prefix = text.substr(0, text.size() - kUuidZ85Length);
  auto uuid = Z85Decode(text.substr(prefix.size()));
  if (!uuid)
    return Fail(ErrorKind::kCorrupt, "deletionVector.pathOrInlineDv '{}': {}", Quoted(text),
                uuid.error().message);
  const std::string name = fmt::format("deletion_vector_{}.bin", FormatUuid(*uuid));
  std::string key = prefix.empty() ? name : fmt::format("{}/{}", prefix, name);
  if (auto valid = storage::CheckKey(key); !valid) {
    return Fail(ErrorKind::kCorrupt, "deletionVector.pathOrInlineDv '{}': {}", Quoted(text),
                valid.error().message);
  }
  return key;
}

}  // namespace sluice::delta
