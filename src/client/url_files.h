// UrlFiles: the files that a server's answer lists, fetched by ranges over HTTP from its URLs.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "client/file_source.h"
#include "client/listing.h"
#include "client/url_book.h"

namespace sluice::client {

/// A URL that the store refuses is renewed once a read. Errors of List: those of Listing,
/// kUnsupported for a table that is not shared by URLs.
class UrlFiles : public FileSource {
 public:
  UrlFiles(std::shared_ptr<const RestClient> rest, ListingRequest request)
      : UrlFiles(std::move(rest), std::move(request), {}, std::nullopt) {}
  /// Files that were listed elsewhere, at `at`, by the same request: List gives `files`.
  UrlFiles(std::shared_ptr<const RestClient> rest, ListingRequest request, ListedAt at,
           std::optional<GivenFiles> files);

  /// Where the listing stood; once List has called on_table.
  ListedAt listed_at() const { return listing_.at(); }

  Status List(const ListingSink& sink) override;
  bool Hold(const protocol::File& file) override { return urls_.Add(file); }
  void Release(const std::string& key) override { urls_.Remove(key); }
  Result<std::shared_ptr<arrow::Buffer>> Read(const FileRead& read) override;
  void Cancel() override { cancelled_ = true; }

 private:
  Result<std::shared_ptr<arrow::Buffer>> Fetch(const FileRead& read);

  const std::shared_ptr<const RestClient> rest_;
  std::atomic<bool> cancelled_{false};
  const net::CancelCheck is_cancelled_;
  Listing listing_;
  const std::optional<GivenFiles> given_;
  UrlBook urls_;
};

}  // namespace sluice::client
