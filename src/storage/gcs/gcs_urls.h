// URLs of objects in Google Cloud Storage, signed in version 4.
#pragma once

#include <memory>

#include "storage/gcs/v4_key.h"
#include "storage/ports.h"

namespace sluice::storage {

struct GcsUrlOptions {
  std::string endpoint;              ///< Without a slash at its end.
  std::string user_project;          ///< Billed for the requests; empty: none.
  bool unsigned_urls = false;        ///< For buckets that everyone may read.
  std::shared_ptr<const V4Key> key;  ///< May be null: then SignerFor is refused as kUnsupported.
};

/// Signers of the folder `location`; a scope's root, where it has one, is the text of another
/// location of this store. URLs are for GET, end at most seven days from now (12 hours where IAM
/// signs them), and at a whole second.
std::shared_ptr<const UrlSource> MakeGcsUrls(GcsUrlOptions options, Location location,
                                             const Clock& clock = SystemClock());

}  // namespace sluice::storage
