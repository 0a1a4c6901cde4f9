#include "table_look.h"

#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>

#include "base/encoding.h"
#include "catalog_open.h"
#include "delta/partition_filter.h"
#include "parquet_table/open_folder.h"
#include "predicate/sql_predicate.h"
#include "storage/registry/stores.h"

namespace sluice::apps {
namespace {

/// A command is not held up by a store that is out of reach.
constexpr std::int64_t kConnectMillis = 3'000;
constexpr std::int64_t kRequestMillis = 10'000;

void Warn(const std::string& text) {
  std::fprintf(stderr, "sluice: warning: %s\n", text.c_str());
}

Result<std::shared_ptr<delta::Table>> Open(const storage::Location& place,
                                           const TableClaim& claim) {
  auto here = storage::Surroundings::OfProcess();
  here.http.connect_timeout_ms = kConnectMillis;
  here.http.request_timeout_ms = kRequestMillis;
  SLUICE_TRY(const auto stores, storage::Stores::Make({}, std::move(here)));
  SLUICE_TRY(const auto ports, stores->Open(place, {claim.storage.begin(), claim.storage.end()}));
  parquet_table::FolderOptions options;
  SLUICE_TRY(options.files, Glob::ParseAll(claim.files));
  return parquet_table::OpenFolder(ports.objects, std::move(options));
}

Status CheckFilter(const TableClaim& claim, const delta::Snapshot& snapshot) {
  if (claim.row_filter.empty()) return {};
  SLUICE_TRY(const auto filter, predicate::ParseRowFilter(claim.row_filter, claim.properties));
  const auto bound = delta::PartitionFilter::Bind(*filter, snapshot.metadata(), snapshot.schema());
  if (bound) return {};
  const auto& columns = snapshot.metadata().partition_columns;
  return Fail(
      ErrorKind::kInvalidArgument, "{}; {}: {}", bound.error().message,
      columns.empty() ? "it has no partition columns" : "its partition columns are",
      columns.empty() ? claim.location : Printable(fmt::to_string(fmt::join(columns, ", ")), 1000));
}

Status Compare(const TableClaim& claim, delta::Table& table) {
  SLUICE_TRY(const auto snapshot, table.Latest());
  if (claim.start_version > snapshot->version()) {
    Warn(fmt::format("--start-version {}: the newest version of {} is {}, so nothing is shown yet",
                     claim.start_version, claim.location, snapshot->version()));
  }
  return CheckFilter(claim, *snapshot);
}

}  // namespace

Status LookAtTable(const TableClaim& claim) {
  SLUICE_TRY(const auto place, storage::ParseLocation(claim.location));
  if (!claim.storage.empty()) {
    SLUICE_RETURN_IF_ERROR(CatalogChecks().check_storage(claim.location, claim.storage));
  }
  const auto table = Open(place, claim);
  Status seen = table ? Compare(claim, **table) : Fail(table.error());
  if (seen || seen.error().kind == ErrorKind::kInvalidArgument) return seen;
  const std::string& why = seen.error().message;
  if (place.kind == storage::StoreKind::kLocal && seen.error().kind == ErrorKind::kNotFound) {
    return Fail(
        ErrorKind::kNotFound,
        "{}: there is no table ({}); --unchecked takes it as it is, for one that comes later "
        "or that the server's machine has",
        claim.location, why);
  }
  Warn(fmt::format("{}: not read from here: {}", claim.location, why));
  return {};
}

Status LookForFolder(const std::string& location) {
  SLUICE_TRY(const auto place, storage::ParseLocation(location));
  std::error_code error;
  if (place.kind != storage::StoreKind::kLocal) return {};
  if (std::filesystem::is_directory(place.Text(), error)) return {};
  return Fail(
      ErrorKind::kNotFound,
      "{}: there is no such folder; --unchecked takes it as it is, for one that comes later "
      "or that the server's machine has",
      location);
}

}  // namespace sluice::apps
