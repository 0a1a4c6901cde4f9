#include "storage/location.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/uri.h"
#include "storage/object_store.h"

namespace sluice::storage {
namespace {

struct Scheme {
  std::string_view name;
  StoreKind kind;
  bool has_account;  ///< container@account.host
};

constexpr Scheme kSchemes[] = {
    {"s3", StoreKind::kS3, false},       {"s3a", StoreKind::kS3, false},
    {"s3n", StoreKind::kS3, false},      {"gs", StoreKind::kGcs, false},
    {"gcs", StoreKind::kGcs, false},     {"az", StoreKind::kAzure, false},
    {"azure", StoreKind::kAzure, false}, {"abfss", StoreKind::kAzure, true},
    {"abfs", StoreKind::kAzure, true},   {"wasbs", StoreKind::kAzure, true},
    {"wasb", StoreKind::kAzure, true},
};

const Scheme* FindScheme(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                         [&](const Scheme& scheme) { return scheme.name == name; });
  return found == std::end(kSchemes) ? nullptr : found;
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '$';
}

/// What no store's bucket or container name has would change the URL it becomes a part of.
Status CheckName(std::string_view name, std::string_view what, std::string_view text) {
  if (name.empty()) return Fail(ErrorKind::kInvalidArgument, "'{}' names no {}", text, what);
  if (!std::all_of(name.begin(), name.end(), IsNameChar) || name == "." || name == "..") {
    return Fail(ErrorKind::kInvalidArgument, "'{}': '{}' is no name of a {}", text, name, what);
  }
  return {};
}

Result<std::string> ReadFolder(std::string_view folder, std::string_view text) {
  while (folder.starts_with('/')) folder.remove_prefix(1);
  while (folder.ends_with('/')) folder.remove_suffix(1);
  if (!folder.empty() && !CheckKey(folder)) {
    return Fail(ErrorKind::kInvalidArgument, "'{}': '{}' is no name of a folder", text, folder);
  }
  return std::string(folder);
}

Result<Location> ParseFile(std::string_view rest, std::string_view text) {
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto host = rest.substr(0, slash);
    if (!host.empty() && host != "localhost") {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is a folder of another machine, '{}'", text,
                  host);
    }
    rest.remove_prefix(slash);
  }
  auto path = PercentDecode(rest);
  if (!path || !path->starts_with('/') || path->find('\0') != std::string::npos) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is no absolute file: URI", text);
  }
  Location out;
  out.folder = *std::move(path);
  return out;
}

Result<Location> ParseStore(const Scheme& scheme, std::string_view rest, std::string_view text) {
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  Location out;
  out.kind = scheme.kind;
  SLUICE_TRY(out.folder, ReadFolder(rest.substr(slash), text));
  const std::string_view what = scheme.kind == StoreKind::kAzure ? "container" : "bucket";
  if (scheme.has_account) {
    const auto at = authority.find('@');
    if (at == std::string_view::npos) {
      return Fail(ErrorKind::kInvalidArgument,
                  "'{}' names no account; it is written container@account.host", text);
    }
    const std::string_view host = authority.substr(at + 1);
    const auto host_name = host.substr(0, host.find(':'));
    SLUICE_RETURN_IF_ERROR(CheckName(host_name, "host", text));
    out.host = ToLower(host);
    out.account = ToLower(host.substr(0, std::min(host.find('.'), host_name.size())));
    authority = authority.substr(0, at);
  }
  SLUICE_RETURN_IF_ERROR(CheckName(authority, what, text));
  out.bucket = std::string(authority);
  return out;
}

}  // namespace

std::string_view KindName(StoreKind kind) {
  switch (kind) {
    case StoreKind::kS3:
      return "s3";
    case StoreKind::kAzure:
      return "azure";
    case StoreKind::kGcs:
      return "gcs";
    case StoreKind::kLocal:
      break;
  }
  return "local";
}

std::optional<StoreKind> KindOfScheme(std::string_view scheme) {
  const std::string name = ToLower(scheme);
  if (name == "file") return StoreKind::kLocal;
  const Scheme* const found = FindScheme(name);
  if (found == nullptr) return std::nullopt;
  return found->kind;
}

std::string Location::Text() const {
  if (kind == StoreKind::kLocal) return folder;
  std::string out = kind == StoreKind::kS3 ? "s3://" : kind == StoreKind::kGcs ? "gs://" : "az://";
  if (kind == StoreKind::kAzure && !host.empty()) {
    // Both endpoints of an account serve the same objects.
    std::string name = host;
    if (const auto at = name.find(".blob."); at != std::string::npos) name.replace(at, 6, ".dfs.");
    out = "abfss://" + bucket + "@" + name;
  } else {
    out += bucket;
  }
  if (!folder.empty()) out += "/" + folder;
  return out;
}

Result<Location> ParseLocation(std::string_view text) {
  if (text.starts_with('/')) {
    Location out;
    out.folder = std::string(text);
    return out;
  }
  const auto colon = text.find(':');
  const std::string name = ToLower(text.substr(0, std::min(colon, text.size())));
  if (colon == std::string_view::npos || name.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is neither an absolute path nor a URI", text);
  }
  const std::string_view rest = text.substr(colon + 1);
  if (name == "file") return ParseFile(rest, text);
  const Scheme* const found = FindScheme(name);
  if (found == nullptr) {
    return Fail(ErrorKind::kUnsupported,
                "'{}': there is no store for '{}:'; there are paths, file:, s3:, s3a:, abfss:, "
                "wasbs:, az: and gs:",
                text, name);
  }
  if (!rest.starts_with("//")) {
    return Fail(ErrorKind::kInvalidArgument, "'{}': '//' is missing after '{}:'", text, name);
  }
  return ParseStore(*found, rest.substr(2), text);
}

std::string FolderPrefix(std::string_view folder) {
  return folder.empty() ? std::string() : std::string(folder) + "/";
}

}  // namespace sluice::storage
