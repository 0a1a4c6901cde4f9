#include "catalog_open.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/uri.h"
#include "catalog/postgres/postgres_rows.h"
#include "catalog/sqlite/sqlite_rows.h"
#include "oauth/issuer_url.h"
#include "predicate/sql_predicate.h"
#include "serve_data.h"
#include "storage/registry/stores.h"

namespace sluice::apps {
namespace {

// A database elsewhere is asked at most so often, and outlived for so long.
constexpr std::int64_t kCheckMillis = 100;
constexpr std::int64_t kMaxStaleMillis = 5'000;

Status CheckRowFilter(std::string_view filter) {
  return predicate::ParseRowFilter(filter, {}).map([](const auto&) {});
}

Status CheckLocation(std::string_view location) {
  SLUICE_RETURN_IF_ERROR(storage::ParseLocation(location));
  return {};
}

Status CheckStorage(std::string_view location, const std::map<std::string, std::string>& options) {
  SLUICE_TRY(const auto place, storage::ParseLocation(location));
  return storage::CheckKeptOptions(place, {options.begin(), options.end()},
                                   storage::Surroundings::OfProcess());
}

/// Those that lead to no other place than the location does, with no other credentials.
constexpr std::string_view kHarmlessOptions[] = {"region",      "pathStyle",    "anonymous",
                                                 "userProject", "hierarchical", "directoryAccess"};

Status CheckRemoteStorage(std::string_view location,
                          const std::map<std::string, std::string>& options) {
  for (const auto& [name, value] : options) {
    if (std::ranges::find(kHarmlessOptions, name) != std::end(kHarmlessOptions)) continue;
    return Fail(ErrorKind::kInvalidArgument,
                "the option {} is given on the server's machine alone, by sluice share add "
                "--storage or in its configuration; here these are taken: {}",
                name, fmt::join(kHarmlessOptions, ", "));
  }
  return CheckStorage(location, options);
}

Result<std::string> FolderLocation(std::string_view location) {
  SLUICE_TRY(const auto place, storage::ParseLocation(location));
  return place.Text();
}

}  // namespace

Result<std::unique_ptr<catalog::rows::RowStore>> OpenCatalogRows(const CatalogPlace& place,
                                                                 WhenNoCatalog when) {
  if (place.data_directory.empty() == place.url.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "name the catalog with --data-dir DIR or --catalog postgresql://…, and not both");
  }
  if (!place.url.empty()) return catalog::OpenPostgresRows(place.url);
  const auto file = std::filesystem::path(place.data_directory) / "catalog.db";
  std::error_code error;
  if (when == WhenNoCatalog::kFail && !std::filesystem::exists(file, error)) {
    return Fail(ErrorKind::kNotFound,
                "{}: there is no catalog; `sluice share create` and `sluice recipient create` make "
                "one",
                place.data_directory);
  }
  SLUICE_RETURN_IF_ERROR(OpenDataDirectory(place.data_directory));
  return catalog::OpenSqliteRows(file.string());
}

Result<std::shared_ptr<const catalog::ManagedCatalog>> OpenCatalog(const CatalogPlace& place) {
  SLUICE_TRY(auto rows, OpenCatalogRows(place));
  catalog::ManagedCatalogOptions options;
  if (!place.url.empty()) {
    options.check_every_ms = kCheckMillis;
    options.max_stale_ms = kMaxStaleMillis;
  }
  return catalog::OpenManagedCatalog(std::move(rows), options);
}

const catalog::AdminOptions& CatalogChecks() {
  static const catalog::AdminOptions checks{CheckRowFilter, CheckLocation, FolderLocation,
                                            CheckStorage, oauth::CheckIssuerUrl};
  return checks;
}

const catalog::AdminOptions& RemoteCatalogChecks() {
  static const catalog::AdminOptions checks = [] {
    catalog::AdminOptions remote = CatalogChecks();
    remote.check_storage = CheckRemoteStorage;
    return remote;
  }();
  return checks;
}

Result<std::string> ParseEndpoint(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  const auto uri = ParseUri(text);
  const bool web = uri && (uri->scheme == "https" || uri->scheme == "http") && !uri->host.empty();
  if (web && text.find_first_of("?#\"\\ ") == std::string_view::npos) return std::string(text);
  return Fail(ErrorKind::kInvalidArgument,
              "--endpoint must be a URL such as https://sharing.example.com/delta-sharing");
}

}  // namespace sluice::apps
