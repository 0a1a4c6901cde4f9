#include "serve_audit.h"

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"
#include "base/plain_text.h"
#include "catalog/postgres/postgres_rows.h"
#include "catalog/sqlite/sqlite_rows.h"
#include "serve_data.h"

namespace sluice::apps {
namespace {

using catalog::rows::AuditRow;

std::filesystem::path FileOf(const CatalogPlace& place) {
  return std::filesystem::path(place.data_directory) / "audit.db";
}

/// As a database takes it: names of a request may be any bytes.
std::string Storable(const std::string& text) {
  if (IsPlainText(text)) return text;
  std::string quoted;
  AppendJsonString(text, &quoted);
  return quoted;
}

AuditRow RowOf(const observe::AccessRecord& record) {
  AuditRow row{record.time_ms, record.request_id, Storable(record.recipient),
               Storable(record.table)};
  row.denied = !record.denied.empty();
  row.line = observe::FormatAccessRecord(record, observe::AccessFormat::kJson);
  while (row.line.ends_with('\n')) row.line.pop_back();
  return row;
}

}  // namespace

bool HasAuditStore(const CatalogPlace& place) {
  std::error_code error;
  return !place.url.empty() || std::filesystem::exists(FileOf(place), error);
}

Result<std::unique_ptr<catalog::rows::AuditStore>> OpenAuditStore(const CatalogPlace& place) {
  if (place.data_directory.empty() == place.url.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "an audit trail in the catalog needs one that is managed: --data-dir or --catalog");
  }
  if (!place.url.empty()) return catalog::OpenPostgresAudit(place.url);
  SLUICE_RETURN_IF_ERROR(OpenDataDirectory(place.data_directory));
  return catalog::OpenSqliteAudit(FileOf(place).string());
}

std::unique_ptr<observe::RecordQueue> KeepAudit(std::unique_ptr<catalog::rows::AuditStore> store,
                                                std::int64_t retention_ms, const Clock& clock) {
  const std::shared_ptr<catalog::rows::AuditStore> shared = std::move(store);
  observe::RecordQueueOptions options;
  options.store = [shared](const std::vector<observe::AccessRecord>& records) {
    std::vector<AuditRow> rows;
    rows.reserve(records.size());
    for (const auto& record : records) rows.push_back(RowOf(record));
    return shared->Append(rows);
  };
  options.tidy = [shared, retention_ms, &clock]() -> Status {
    return shared->DeleteBefore(clock.NowMillis() - retention_ms).map([](auto) {});
  };
  return std::make_unique<observe::RecordQueue>(std::move(options));
}

}  // namespace sluice::apps
