// One request to a store: authorized, sent, and its refusals turned into errors.
#pragma once

#include "storage/rest/rest_store.h"

namespace sluice::storage {

/// Immutable and thread-safe. Errors of all calls: as MakeRestStore says.
class RestClient {
 public:
  explicit RestClient(RestStoreOptions options);

  /// The whole object. Errors: kNotFound, kTooLarge.
  Result<net::HttpResponse> Get(std::string_view key, std::int64_t max_bytes) const;
  /// `size` bytes from `offset` on, more than none. A non-empty `etag` that is no longer the
  /// object's is kUnavailable: it was replaced while it was read.
  Result<net::HttpResponse> GetRange(std::string_view key, std::int64_t offset, std::int64_t size,
                                     std::string_view etag) const;
  /// Errors: kNotFound.
  Result<ObjectMeta> Head(std::string_view key, std::string* etag) const;
  Result<ListPage> List(const ListQuery& query) const;
  bool lists_from_keys() const { return options_.dialect->lists_from_keys(); }
  /// Any other request, without authorization; `key` is for messages and may be empty.
  Result<net::HttpResponse> Send(const net::HttpRequest& request, std::string_view key) const;

  const Location& location() const { return options_.location; }
  /// The object's name in its bucket.
  std::string NameOf(std::string_view key) const { return prefix_ + std::string(key); }
  const std::string& prefix() const { return prefix_; }

 private:
  /// Send, for an object.
  Result<net::HttpResponse> SendFor(net::HttpRequest request, std::string_view key) const;
  /// Whether a listing shows that there is no such object; false also where it cannot be had.
  bool ListsNo(std::string_view key) const;
  tl::unexpected<Error> Refused(const net::HttpRequest& request, std::string_view key,
                                const net::HttpResponse& answer, const Refusal& refusal) const;
  std::string Place(std::string_view key) const;

  const RestStoreOptions options_;
  const std::string prefix_;  ///< Empty, or with a slash at its end.
};

}  // namespace sluice::storage
