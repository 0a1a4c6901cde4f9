#include "client/table_directory.h"

#include <utility>

#include "client/log_listing.h"
#include "client/store_files.h"
#include "client/table_credentials.h"
#include "delta/file_filter.h"
#include "delta/file_order.h"
#include "predicate/json_predicate.h"
#include "storage/registry/stores.h"

namespace sluice::client {
namespace {

/// The files of a version that a query leaves, in the order in which a server lists them.
delta::SnapshotPtr Choose(const delta::SnapshotPtr& table, const protocol::QueryRequest& query,
                          ThreadPool* pool) {
  delta::FilteredFiles files{table, {}};
  const bool hinted = query.json_predicate_hints.find_first_not_of(" \t\r\n") != std::string::npos;
  if (hinted) {
    const auto hints = predicate::ParseJsonPredicate(query.json_predicate_hints);
    const auto filter = delta::FileFilter::Bind(*hints, table->schema(), table->metadata(), {});
    files = delta::FilterFiles(table, filter, pool);
  }
  if (!query.limit_hint) return files.snapshot;
  delta::PartRequest part;
  part.max_rows = query.limit_hint;
  if (hinted) part.counted = &files.every;
  return delta::TakeFiles(files.snapshot, part).files;
}

/// Opens what the credentials open, and with nothing else.
Result<std::shared_ptr<const storage::ObjectStore>> OpenStore(
    std::shared_ptr<const TableCredentials> credentials, storage::StoreOptions options,
    net::HttpOptions http) {
  const storage::Location& folder = credentials->folder();
  auto here = storage::Surroundings::OfProcess();
  here.http = std::move(http);
  here.vended = credentials;
  const std::string text = folder.Text();
  storage::StoreRule rule;
  rule.prefix = text.substr(0, text.find("://") + 3);
  rule.options = std::move(options);
  SLUICE_TRY(const auto stores, storage::Stores::Make({std::move(rule)}, std::move(here)));
  SLUICE_TRY(const storage::Ports ports, stores->Open(folder));
  return ports.objects;
}

Error OfLog(const std::string& root, Error error) {
  error = Below(root, std::move(error));
  if (error.kind != ErrorKind::kNotFound) return error;
  return {ErrorKind::kUnsupported,
          "the table's folder has no Delta log, so its files are read by URLs alone (the option "
          "access 'url')"};
}

}  // namespace

Result<std::shared_ptr<TableDirectory>> TableDirectory::Open(DirectoryRequest request) {
  const std::shared_ptr<TableDirectory> out(new TableDirectory());
  const net::CancelCheck cancelled = [stop = out->stop_,
                                      interrupted = std::move(request.interrupted)] {
    return stop->cancelled || (stop->interruptible && interrupted());
  };
  SLUICE_TRY(auto credentials,
             TableCredentials::Ask(request.rest, std::move(request.table), cancelled));
  out->root_ = credentials->folder().Text();
  request.http.cancelled = cancelled;
  auto store = OpenStore(std::move(credentials), std::move(request.store), std::move(request.http));
  if (!store) return Fail(store.error().At("the table's store"));
  delta::TableOptions options;
  options.pool = &out->pool_;
  out->table_ = delta::Table::Make(*std::move(store), options);
  return out;
}

Result<delta::SnapshotPtr> TableDirectory::Load(const protocol::QueryRequest& query) const {
  if (!query.version && !query.timestamp_ms) return table_->Latest();
  std::int64_t version = query.version.value_or(0);
  if (query.timestamp_ms) {
    SLUICE_TRY(version, table_->VersionAtTimestamp(*query.timestamp_ms));
  }
  return table_->AtVersion(version);
}

Result<delta::ChangesRequest> TableDirectory::RangeOf(const protocol::ChangesRequest& query) const {
  delta::ChangesRequest range;
  range.first = query.starting_version.value_or(0);
  range.last = query.ending_version;
  if (query.starting_timestamp_ms) {
    SLUICE_TRY(range.first, table_->FirstVersionSince(*query.starting_timestamp_ms));
  }
  if (query.ending_timestamp_ms) {
    SLUICE_TRY(range.last, table_->VersionAtTimestamp(*query.ending_timestamp_ms));
  }
  return range;
}

std::unique_ptr<FileSource> TableDirectory::Files(std::function<Status(const ListingSink&)> list) {
  stop_->interruptible = false;
  StoreFilesOptions options;
  options.store = std::shared_ptr<const storage::ObjectStore>(table_, &table_->store());
  options.list = std::move(list);
  options.cancel = [stop = stop_] { stop->cancelled = true; };
  options.root = root_;
  return std::make_unique<StoreFiles>(std::move(options));
}

Result<std::unique_ptr<FileSource>> TableDirectory::Snapshot(const protocol::QueryRequest& query) {
  auto table = Load(query);
  if (!table) return Fail(OfLog(root_, table.error()));
  auto files = Choose(*table, query, &pool_);
  SLUICE_RETURN_IF_ERROR(CheckPlaces(*files, root_));
  return Files([self = shared_from_this(), table = *std::move(table),
                files = std::move(files)](const ListingSink& sink) {
    return ListSnapshot({*table, *files, self->root_}, sink);
  });
}

Result<DirectoryChanges> TableDirectory::Changes(const protocol::ChangesRequest& query) {
  const auto range = RangeOf(query);
  if (!range) return Fail(OfLog(root_, range.error()));
  return GiveChanges(table_->ReadChanges(*range));
}

Result<DirectoryChanges> TableDirectory::Changes(const protocol::QueryRequest& query) {
  delta::ChangesRequest range;
  range.kind = delta::ChangesKind::kFiles;
  range.first = query.starting_version.value_or(0);
  range.last = query.ending_version;
  return GiveChanges(table_->ReadChanges(range));
}

Result<DirectoryChanges> TableDirectory::GiveChanges(Result<delta::ChangesPtr> changes) {
  if (!changes) return Fail(OfLog(root_, changes.error()));
  const delta::TableState& end = (*changes)->end();
  DirectoryChanges out;
  out.read_as = InfoOf(end.protocol, end.metadata, (*changes)->last());
  out.files =
      Files([self = shared_from_this(), changes = *std::move(changes)](const ListingSink& sink) {
        return ListChanges(*changes, self->root_, sink);
      });
  return out;
}

std::unique_ptr<FileSource> TableDirectory::Given(GivenFiles given) {
  return Files([self = shared_from_this(), given = std::move(given)](const ListingSink& sink) {
    return Give(given, sink);
  });
}

}  // namespace sluice::client
