// How Google Cloud Storage is asked: its JSON API lists, its XML API reads.
#pragma once

#include <memory>
#include <string>

#include "storage/gcs/access_tokens.h"
#include "storage/gcs/gcs_options.h"
#include "storage/location.h"
#include "storage/rest/dialect.h"

namespace sluice::storage {

/// The XML API gives size, time and ETag of an object in headers, and holds If-Match; the JSON API
/// lists from a name on, and only the fields that are wanted.
class GcsDialect final : public Dialect {
 public:
  /// `tokens` may be null: then nothing shows who asks.
  GcsDialect(const GcsOptions& options, const Location& location,
             std::shared_ptr<const AccessTokens> tokens);

  net::HttpRequest ForObject(std::string_view method, std::string_view name) const override;
  net::HttpRequest ForListing(const ListQuery& query) const override;
  Result<ListPage> ReadListing(std::string_view body) const override;
  Status Authorize(net::HttpRequest* request) const override;
  Refusal ReadRefusal(const net::HttpResponse& answer) const override;
  void Learn(const net::HttpResponse& answer) const override;

 private:
  const std::string object_url_;   ///< Up to the object's name.
  const std::string listing_url_;  ///< Up to the first parameter that differs.
  const std::string user_project_;
  const std::shared_ptr<const AccessTokens> tokens_;
};

}  // namespace sluice::storage
