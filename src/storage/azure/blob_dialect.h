// The Blob service's words for listing, describing and reading objects.
#pragma once

#include <memory>
#include <string>

#include "storage/azure/blob_service.h"
#include "storage/rest/dialect.h"

namespace sluice::storage {

/// Where an object of the account's container is, without authorization.
std::string ContainerUrl(const AzureAccount& account, std::string_view container);

class BlobDialect final : public Dialect {
 public:
  BlobDialect(std::shared_ptr<const BlobService> service, std::string_view container);

  net::HttpRequest ForObject(std::string_view method, std::string_view name) const override;
  net::HttpRequest ForListing(const ListQuery& query) const override;
  bool lists_from_keys() const override { return false; }
  Result<ListPage> ReadListing(std::string_view body) const override;
  bool IsFolder(const net::HttpResponse& answer) const override;

  Status Authorize(net::HttpRequest* request) const override {
    return service_->Authorize(request);
  }
  Refusal ReadRefusal(const net::HttpResponse& answer) const override {
    return service_->ReadRefusal(answer);
  }
  void Learn(const net::HttpResponse& answer) const override { service_->Learn(answer); }

 private:
  const std::shared_ptr<const BlobService> service_;
  const std::string url_;
};

}  // namespace sluice::storage
