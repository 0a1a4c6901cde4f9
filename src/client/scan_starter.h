// ScanStarter: from what a caller asks for to a scan that runs, by URLs or in the table's folder.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "client/client.h"
#include "client/deadline.h"
#include "client/listing.h"
#include "client/rest_client.h"
#include "client/table_directory.h"
#include "protocol/request.h"

namespace sluice::client {

/// For one scan, whose deadline begins when this is made. Errors: as those of Client; kCancelled
/// where the client is interrupted from then on.
class ScanStarter {
 public:
  ScanStarter(std::shared_ptr<const RestClient> rest, const ClientOptions& options);

  Result<std::shared_ptr<Scan>> Start(ScanRequest request) const;
  Result<std::shared_ptr<Scan>> Start(ChangesRequest request) const;
  Result<TaskPlan> Plan(ScanRequest request, const TaskOptions& options) const;
  Result<TaskPlan> Plan(ChangesRequest request, const TaskOptions& options) const;
  Result<std::shared_ptr<Scan>> StartTask(std::string_view task) const;

 private:
  struct Prepared;
  template <typename Finish>
  auto Run(ScanRequest request, const Finish& finish) const;
  template <typename Finish>
  auto Run(ChangesRequest request, const Finish& finish) const;
  template <typename Request, typename Query, typename Finish>
  auto ByAccess(const Request& request, const Query& query, const Finish& finish) const;
  bool OffersDirectoryAlone(const protocol::TableName& table) const;
  void AddHints(const ScanRequest& request, protocol::QueryRequest* query) const;
  Result<TableInfo> DescribeEnd(const protocol::TableName& table,
                                const protocol::MetadataRequest& at) const;

  Result<std::shared_ptr<TableDirectory>> OpenDirectory(const protocol::TableName& table) const;
  template <typename Out>
  Out Judge(Out out) const;
  void SetWaiting(ListingRequest* listing) const;
  template <typename Request>
  Prepared Prepare(const Request& request) const;
  template <typename Request, typename Query>
  Result<Prepared> RangeByUrls(const Request& request, Query query) const;
  template <typename Request, typename Query>
  Result<Prepared> RangeInDirectory(const Request& request, const Query& query) const;
  Result<Prepared> ByUrls(const ScanRequest& request, const protocol::QueryRequest& query) const;
  Result<Prepared> ByUrls(const ChangesRequest& request,
                          const protocol::ChangesRequest& query) const;
  Result<Prepared> InDirectory(const ScanRequest& request,
                               const protocol::QueryRequest& query) const;
  Result<Prepared> InDirectory(const ChangesRequest& request,
                               const protocol::ChangesRequest& query) const;

  const std::shared_ptr<const RestClient> rest_;
  const ClientOptions options_;
  const Deadline deadline_;
  net::CancelCheck interrupted_;  ///< True also when the deadline has passed.
};

}  // namespace sluice::client
