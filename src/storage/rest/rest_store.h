// A folder of a bucket as an ObjectStore, over HTTP in the dialect of its store.
#pragma once

#include <memory>
#include <string>

#include "storage/location.h"
#include "storage/rest/dialect.h"

namespace sluice::storage {

struct RestStoreOptions {
  std::shared_ptr<const Dialect> dialect;
  std::shared_ptr<const net::HttpClient> http;  ///< Its retries and limits are this store's.
  Location location;
};

/// Does not ask the store for anything yet. What a store refuses is kPermissionDenied with its own
/// code and text, also a bucket that is not there; what it cannot do now is kUnavailable or
/// kTimeout. Messages name the object, never a URL's query.
std::shared_ptr<const ObjectStore> MakeRestStore(RestStoreOptions options);

}  // namespace sluice::storage
