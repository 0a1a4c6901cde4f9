// Where data lies: the URI of a folder in some store, or a folder of this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::storage {

enum class StoreKind : std::uint8_t { kLocal, kS3, kAzure, kGcs };

/// "local", "s3", "azure", "gcs".
std::string_view KindName(StoreKind kind);

/// The kind of store that a URI's scheme names, in any case; nothing for one of no store.
std::optional<StoreKind> KindOfScheme(std::string_view scheme);

/// One folder. The forms that are read:
///
///   /absolute/path, file:///absolute/path                       (the URI percent-encoded)
///   s3://bucket/folder, also s3a:// and s3n://
///   abfss://container@account.dfs.core.windows.net/folder, also abfs://, wasb:// and wasbs://
///     with the account's host of either endpoint
///   az://container/folder, also azure://, where the account comes from options
///   gs://bucket/folder, also gcs://
///
/// Names in stores are taken as they are written, not percent-decoded.
struct Location {
  StoreKind kind = StoreKind::kLocal;
  std::string bucket;   ///< S3 and GCS: the bucket; Azure: the container; local: empty.
  std::string account;  ///< Azure, where the URI names it; else empty.
  std::string host;     ///< Azure: the account's host as the URI has it, port included; else empty.
  std::string folder;   ///< In the bucket, without slashes at its ends; local: the absolute path.

  /// One spelling of each place, which ParseLocation reads: "s3://bucket/folder",
  /// "abfss://container@account.dfs.core.windows.net/folder" ("az://container/folder" where no host
  /// is known), "gs://bucket/folder", "/path".
  std::string Text() const;
};

/// Errors: kUnsupported naming a scheme of no store, kInvalidArgument naming what is missing or not
/// allowed in a bucket's, a container's or a folder's name, or a file: URI with a host.
Result<Location> ParseLocation(std::string_view text);

/// `folder` as the beginning of the names of objects in it: empty, or with a slash at its end.
std::string FolderPrefix(std::string_view folder);

}  // namespace sluice::storage
