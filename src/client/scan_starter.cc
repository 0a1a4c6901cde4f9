#include "client/scan_starter.h"

#include <arrow/compute/initialize.h>

#include <algorithm>
#include <utility>

#include "base/arrow_status.h"
#include "client/describe.h"
#include "client/filter_hints.h"
#include "client/scan_pipeline.h"
#include "client/scan_requests.h"
#include "client/table_directory.h"
#include "client/task_planner.h"
#include "client/url_files.h"

namespace sluice::client {
namespace {

using protocol::EndpointId;
using ScanResult = Result<std::shared_ptr<Scan>>;

Status InitializeArrow() {
  static const arrow::Status status = arrow::compute::Initialize();
  SLUICE_RETURN_IF_ARROW(status, "arrow");
  return {};
}

Error WithAdvice(Error error) {
  if (IsRefusal(error.kind) && error.kind != ErrorKind::kInvalidArgument) {
    error.message += "; with the option access 'auto' the table is read by URLs";
  }
  return error;
}

protocol::MetadataRequest EndOf(const protocol::QueryRequest& range) {
  return {range.ending_version, std::nullopt};
}

protocol::MetadataRequest EndOf(const protocol::ChangesRequest& range) {
  return {range.ending_version, range.ending_timestamp_ms};
}

CommitRows RowsOf(const ScanRequest& request) {
  return request.skip_change_commits ? CommitRows::kAddedAlone : CommitRows::kAdded;
}

CommitRows RowsOf(const ChangesRequest& /*request*/) {
  return CommitRows::kChanged;
}

}  // namespace

/// A scan that can start, and what another process needs to start it.
struct ScanStarter::Prepared {
  PipelineRequest pipeline;
  ListingRequest listing;
  UrlFiles* urls = nullptr;  ///< The pipeline's source; null in a folder.

  void SetSource(const std::shared_ptr<const RestClient>& rest) {
    auto files = std::make_unique<UrlFiles>(rest, listing);
    urls = files.get();
    pipeline.source = std::move(files);
  }
};

ScanStarter::ScanStarter(std::shared_ptr<const RestClient> rest, const ClientOptions& options)
    : rest_(std::move(rest)), options_(options), deadline_(options.deadline_ms) {
  interrupted_ = [rest = rest_, before = rest_->interrupts(), deadline = deadline_] {
    return rest->interrupts() != before || deadline.Passed();
  };
}

Result<std::shared_ptr<TableDirectory>> ScanStarter::OpenDirectory(
    const protocol::TableName& table) const {
  return TableDirectory::Open({rest_, table, options_.store, options_.http, interrupted_});
}

/// What a deadline ended looks like something that was cancelled.
template <typename Out>
Out ScanStarter::Judge(Out out) const {
  if (out || out.error().kind != ErrorKind::kCancelled || !deadline_.Passed()) return out;
  return Fail(deadline_.Exceeded("the server was still telling which files there are"));
}

/// How this client waits, whoever asked for the listing.
void ScanStarter::SetWaiting(ListingRequest* listing) const {
  listing->async_query = options_.async_query;
  listing->pending_limit_ms = options_.http.request_timeout_ms;
}

/// What is the same of all requests; `Request` may be a ScanTask.
template <typename Request>
ScanStarter::Prepared ScanStarter::Prepare(const Request& request) const {
  Prepared scan;
  PipelineRequest& pipeline = scan.pipeline;
  pipeline.interrupted = interrupted_;
  pipeline.deadline = deadline_;
  if constexpr (requires { request.columns; }) {
    pipeline.what.plan.columns = request.columns;
    pipeline.what.plan.filter = request.filter;
    pipeline.what.plan.texts = request.texts;
    scan.listing.table = request.table;
    scan.listing.format = request.format;
    SetWaiting(&scan.listing);
  }
  if constexpr (requires { request.commit_time; }) {
    pipeline.what.plan.changes = request.commit_time;
  }
  pipeline.limit = request.limit;
  pipeline.keep_order = request.keep_order;
  pipeline.memory_budget = options_.memory_budget;
  pipeline.connections = options_.parallel_files;
  return scan;
}

/// Reads by URLs or in the table's folder, as the options and the server have it.
template <typename Request, typename Query, typename Finish>
auto ScanStarter::ByAccess(const Request& request, const Query& query, const Finish& finish) const {
  using Out = decltype(finish(Prepared()));
  const auto by_urls = [&]() -> Out {
    SLUICE_TRY(Prepared scan, ByUrls(request, query));
    return finish(std::move(scan));
  };
  const auto in_directory = [&]() -> Out {
    SLUICE_TRY(Prepared scan, InDirectory(request, query));
    return finish(std::move(scan));
  };
  if (options_.access == Access::kDirectory) {
    Out out = in_directory();
    if (!out) out = Fail(WithAdvice(out.error()));
    return out;
  }
  Out out = by_urls();
  if (out || options_.access == Access::kUrl || !IsRefusal(out.error().kind)) return out;
  return OffersDirectoryAlone(request.table) ? in_directory() : std::move(out);
}

template <typename Finish>
auto ScanStarter::Run(ScanRequest request, const Finish& finish) const {
  using Out = decltype(finish(Prepared()));
  const auto run = [&]() -> Out {
    SLUICE_RETURN_IF_ERROR(InitializeArrow());
    SLUICE_TRY(protocol::QueryRequest query, QueryOf(request));
    if (request.filter && !query.starting_version) AddHints(request, &query);
    return ByAccess(request, query, finish);
  };
  return Judge(run());
}

template <typename Finish>
auto ScanStarter::Run(ChangesRequest request, const Finish& finish) const {
  using Out = decltype(finish(Prepared()));
  const auto run = [&]() -> Out {
    SLUICE_RETURN_IF_ERROR(InitializeArrow());
    SLUICE_TRY(const protocol::ChangesRequest query, QueryOf(request));
    return ByAccess(request, query, finish);
  };
  return Judge(run());
}

bool ScanStarter::OffersDirectoryAlone(const protocol::TableName& table) const {
  const auto described =
      DescribeTable(*rest_, RequestFor(EndpointId::kTableMetadata, table), interrupted_);
  if (!described) return false;
  const auto& modes = described->metadata.access_modes;
  const auto has = [&modes](std::string_view mode) {
    return std::find(modes.begin(), modes.end(), mode) != modes.end();
  };
  return has(protocol::kDirectoryAccess) && !has(protocol::kUrlAccess);
}

/// One question more, for the types without which hints may mean something else to a server.
void ScanStarter::AddHints(const ScanRequest& request, protocol::QueryRequest* query) const {
  auto table =
      DescribeTable(*rest_, RequestFor(EndpointId::kTableMetadata, request.table), interrupted_);
  FilterHints hints =
      HintsOf(*request.filter, table ? std::optional(*std::move(table)) : std::nullopt);
  query->predicate_hints = std::move(hints.sql);
  if (query->json_predicate_hints.empty()) query->json_predicate_hints = std::move(hints.json);
}

/// The table at the end of the range. Servers that refuse to look back, or ahead, describe it as
/// it is.
Result<TableInfo> ScanStarter::DescribeEnd(const protocol::TableName& table,
                                           const protocol::MetadataRequest& at) const {
  RestRequest request = RequestFor(EndpointId::kTableMetadata, table);
  if (at.version) {
    request.query = {{"version", std::to_string(*at.version)}};
  } else if (at.timestamp_ms) {
    request.query = {{"timestamp", FormatTimestamp(*at.timestamp_ms)}};
  }
  auto end = DescribeTable(*rest_, request, interrupted_);
  if (end || request.query.empty() || !IsRefusal(end.error().kind)) return end;
  request.query.clear();
  return DescribeTable(*rest_, request, interrupted_);
}

/// `query` is the one for changes, or the other with a starting version.
template <typename Request, typename Query>
Result<ScanStarter::Prepared> ScanStarter::RangeByUrls(const Request& request, Query query) const {
  SLUICE_TRY(TableInfo end, DescribeEnd(request.table, EndOf(query)));
  Prepared scan = Prepare(request);
  ChangesToRead changes;
  changes.last_version = std::min(query.ending_version.value_or(end.version), end.version);
  changes.rows = RowsOf(request);
  const bool open = !query.ending_version && !EndOf(query).timestamp_ms;
  if (open && query.starting_version.value_or(0) <= end.version) query.ending_version = end.version;
  scan.listing.query = std::move(query);
  // Where the end needs the delta format, a server must not choose by the start.
  if (!request.format && end.format == protocol::ResponseFormat::kDelta) {
    scan.listing.format = end.format;
  }
  changes.read_as = std::move(end);
  scan.pipeline.what.changes = std::move(changes);
  scan.SetSource(rest_);
  return scan;
}

Result<ScanStarter::Prepared> ScanStarter::ByUrls(const ScanRequest& request,
                                                  const protocol::QueryRequest& query) const {
  if (query.starting_version) return RangeByUrls(request, query);
  Prepared scan = Prepare(request);
  scan.listing.query = query;
  scan.SetSource(rest_);
  return scan;
}

Result<ScanStarter::Prepared> ScanStarter::ByUrls(const ChangesRequest& request,
                                                  const protocol::ChangesRequest& query) const {
  return RangeByUrls(request, query);
}

template <typename Request, typename Query>
Result<ScanStarter::Prepared> ScanStarter::RangeInDirectory(const Request& request,
                                                            const Query& query) const {
  Prepared scan = Prepare(request);
  scan.listing.query = query;
  SLUICE_TRY(const auto directory, OpenDirectory(request.table));
  SLUICE_TRY(DirectoryChanges changes, directory->Changes(query));
  const std::int64_t last = changes.read_as.version;
  scan.pipeline.what.changes = ChangesToRead{std::move(changes.read_as), last, RowsOf(request)};
  scan.pipeline.source = std::move(changes.files);
  return scan;
}

Result<ScanStarter::Prepared> ScanStarter::InDirectory(const ScanRequest& request,
                                                       const protocol::QueryRequest& query) const {
  if (query.starting_version) return RangeInDirectory(request, query);
  Prepared scan = Prepare(request);
  scan.listing.query = query;
  SLUICE_TRY(const auto directory, OpenDirectory(request.table));
  SLUICE_TRY(scan.pipeline.source, directory->Snapshot(query));
  return scan;
}

Result<ScanStarter::Prepared> ScanStarter::InDirectory(
    const ChangesRequest& request, const protocol::ChangesRequest& query) const {
  return RangeInDirectory(request, query);
}

ScanResult ScanStarter::Start(ScanRequest request) const {
  return Run(std::move(request),
             [](Prepared scan) { return ScanPipeline::Start(std::move(scan.pipeline)); });
}

ScanResult ScanStarter::Start(ChangesRequest request) const {
  return Run(std::move(request),
             [](Prepared scan) { return ScanPipeline::Start(std::move(scan.pipeline)); });
}

namespace {

/// `Scan` is ScanStarter's own.
template <typename Scan>
Result<TaskPlan> PlanOf(const Scan& scan, const TaskOptions& options) {
  ScanTask task;
  task.listing = scan.listing;
  task.in_directory = scan.urls == nullptr;
  task.plan = scan.pipeline.what.plan;
  if (const auto& changes = scan.pipeline.what.changes) {
    task.last_version = changes->last_version;
    task.rows = changes->rows;
  }
  task.limit = scan.pipeline.limit;
  task.keep_order = scan.pipeline.keep_order;
  TaskPlanRequest request{
      *scan.pipeline.source,    scan.pipeline.what, std::move(task), {}, options,
      scan.pipeline.interrupted};
  if (scan.urls != nullptr) request.at = [urls = scan.urls] { return urls->listed_at(); };
  return PlanTasks(std::move(request));
}

}  // namespace

Result<TaskPlan> ScanStarter::Plan(ScanRequest request, const TaskOptions& options) const {
  return Run(std::move(request), [&](const Prepared& scan) { return PlanOf(scan, options); });
}

Result<TaskPlan> ScanStarter::Plan(ChangesRequest request, const TaskOptions& options) const {
  return Run(std::move(request), [&](const Prepared& scan) { return PlanOf(scan, options); });
}

ScanResult ScanStarter::StartTask(std::string_view text) const {
  SLUICE_RETURN_IF_ERROR(InitializeArrow());
  SLUICE_TRY(ScanTask task, ParseScanTask(text));
  Prepared scan = Prepare(task);
  scan.pipeline.what.plan = std::move(task.plan);
  if (task.last_version) {
    scan.pipeline.what.changes = ChangesToRead{task.files.table, *task.last_version, task.rows};
  }
  if (task.in_directory) {
    SLUICE_TRY(const auto directory, OpenDirectory(task.listing.table));
    scan.pipeline.source = directory->Given(std::move(task.files));
  } else {
    SetWaiting(&task.listing);
    scan.pipeline.source = std::make_unique<UrlFiles>(rest_, std::move(task.listing),
                                                      std::move(task.at), std::move(task.files));
  }
  return Judge(ScanPipeline::Start(std::move(scan.pipeline)));
}

}  // namespace sluice::client
