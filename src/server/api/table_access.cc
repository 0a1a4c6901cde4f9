#include "server/api/table_access.h"

#include <fmt/compile.h>

#include "auth/visibility.h"
#include "delta/features.h"
#include "server/api/error_response.h"
#include "server/api/row_filter.h"
#include "server/api/service.h"

namespace sluice::api {
namespace {

template <typename T>
Result<T> FromTable(Result<T> result, const SharedTable& table) {
  if (!result) return Fail(OfTable(std::move(result).error(), table.open->root));
  return result;
}

Status CheckHistory(const SharedTable& table, std::string_view parameters) {
  if (table.entry.history_shared) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "{} cannot be used: the history of table '{}.{}.{}' is not shared", parameters,
              table.entry.share, table.entry.schema, table.entry.name);
}

Status CheckStart(const SharedTable& table, std::int64_t version) {
  if (version >= table.entry.start_version) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "version {} is not shared: the history of this table begins with version {}", version,
              table.entry.start_version);
}

/// The audit knows why rows cannot be told apart; the recipient learns that something is wrong.
template <typename T>
Result<T> FromRowFilter(Call& call, Result<T> result, const SharedTable& table) {
  if (result) return result;
  const bool filtered = table.rows != nullptr;
  if (filtered && result.error().kind == ErrorKind::kDataMissing) {
    call.audit.denied = result.error().message;
  }
  return FromTable(std::move(result), table);
}

Result<std::int64_t> FindVersion(const SharedTable& table, const VersionChoice& choice) {
  if (choice.pinned) return *choice.pinned;
  if (choice.version) return *choice.version;
  return FromTable(table.open->table->VersionAtTimestamp(*choice.timestamp_ms), table);
}

bool SharesAllFiles(const catalog::Table& table) {
  return table.history_shared && table.start_version == 0 && table.files.empty();
}

}  // namespace

Result<std::shared_ptr<const SharedTable>> FindTable(Call& call) {
  if (call.table != nullptr) return call.table;
  const auto& names = call.arguments;
  call.audit.table = fmt::format(FMT_COMPILE("{}.{}.{}"), names[0], names[1], names[2]);
  if (auto visible = auth::CheckTableVisible(call.recipient, {names[0], names[1], names[2]});
      !visible) {
    call.audit.denied = fmt::format("no grant on table {}", call.audit.table);
    return Fail(std::move(visible).error());
  }
  const auto found = std::make_shared<SharedTable>();
  SharedTable& table = *found;
  SLUICE_TRY(table.entry, call.catalog->GetTable(names[0], names[1], names[2]));
  call.audit.table =
      fmt::format(FMT_COMPILE("{}.{}.{}"), table.entry.share, table.entry.schema, table.entry.name);
  auto rows = RowFilterOf(call.recipient, table.entry);
  if (!rows) {
    call.audit.denied = rows.error().message;
    return Fail(rows.error().At(call.audit.table));
  }
  table.rows = *std::move(rows);
  if (call.at_once) {
    table.open = call.service.tables().Find(table.entry);
    if (table.open == nullptr) return WouldWait(call);
  } else {
    auto open = call.service.tables().Get(table.entry);
    if (!open) return Fail(OfStore(std::move(open).error(), table.entry.location));
    table.open = *std::move(open);
  }
  const bool whole = table.rows == nullptr && SharesAllFiles(table.entry);
  if (whole && table.open->directory_access) table.directory = table.entry.location;
  call.table = found;
  return call.table;
}

std::string DirectoryOf(const Call& call, const catalog::Table& table) {
  if (!SharesAllFiles(table) || !auth::RowFiltersOf(call.recipient, table).all_rows()) return {};
  const auto place = storage::ParseLocation(table.location);
  if (!place || !call.service.stores().DirectoryAccess(*place, StorageOf(table))) return {};
  return table.location;
}

Result<delta::SnapshotPtr> NewestAtHand(Call& call, const SharedTable& table) {
  if (table.rows != nullptr) return WouldWait(call);
  if (call.newest == nullptr) call.newest = table.open->table->LatestAtHand();
  if (call.newest == nullptr) return WouldWait(call);
  return call.newest;
}

Result<VersionFiles> ReadSnapshot(Call& call, const SharedTable& table,
                                  const VersionChoice& choice) {
  delta::Table& log = *table.open->table;
  delta::SnapshotPtr snapshot;
  if (call.at_once) {
    if (choice.asked() || choice.pinned) return WouldWait(call);
    SLUICE_TRY(snapshot, NewestAtHand(call, table));
  } else if (choice.asked()) {
    SLUICE_RETURN_IF_ERROR(CheckHistory(table, "version and timestamp"));
    SLUICE_TRY(const std::int64_t version, FindVersion(table, choice));
    SLUICE_RETURN_IF_ERROR(CheckStart(table, version));
    SLUICE_TRY(snapshot, FromTable(log.AtVersion(version), table));
  } else if (choice.pinned) {
    SLUICE_TRY(snapshot, FromTable(log.AtVersion(*choice.pinned), table));
  } else {
    SLUICE_TRY(snapshot, FromTable(log.Latest(), table));
  }
  call.audit.version = snapshot->version();
  VersionFiles out{snapshot, snapshot};
  if (table.rows != nullptr) {
    ThreadPool* const pool = &table.open->pool->threads;
    SLUICE_TRY(out.shown, FromRowFilter(call, ShownFiles(*table.rows, log, snapshot, pool), table));
  }
  call.service.tables().Grown(*table.open, *snapshot);
  return out;
}

Result<std::int64_t> ReadVersion(Call& call, const SharedTable& table,
                                 std::optional<std::int64_t> since_ms) {
  delta::Table& log = *table.open->table;
  std::int64_t version = 0;
  if (call.at_once) {
    const auto known = since_ms ? std::nullopt : log.LatestVersionAtHand();
    if (!known) return WouldWait(call);
    version = *known;
  } else if (since_ms) {
    SLUICE_RETURN_IF_ERROR(CheckHistory(table, "startingTimestamp"));
    SLUICE_TRY(version, FromTable(log.FirstVersionSince(*since_ms), table));
    SLUICE_RETURN_IF_ERROR(CheckStart(table, version));
  } else {
    SLUICE_TRY(version, FromTable(log.LatestVersion(), table));
  }
  call.audit.version = version;
  return version;
}

Result<delta::ChangesPtr> ReadChanges(Call& call, const SharedTable& table,
                                      delta::ChangesRequest request) {
  if (call.at_once) return WouldWait(call);
  SLUICE_RETURN_IF_ERROR(CheckHistory(table, "changes and startingVersion"));
  SLUICE_RETURN_IF_ERROR(CheckStart(table, request.first));
  delta::Table& log = *table.open->table;
  if (table.rows != nullptr) {
    SLUICE_TRY(request.rows, FromRowFilter(call, BindRowFilter(*table.rows, log), table));
  }
  SLUICE_TRY(auto changes, FromRowFilter(call, log.ReadChanges(request), table));
  if (request.rows != nullptr) {
    auto same = CheckChangesFilter(*request.rows, *changes);
    if (!same) {
      call.audit.denied = same.error().message;
      return Fail(OfTable(std::move(same).error(), table.open->root));
    }
  }
  call.audit.version = changes->first();
  call.audit.files = changes->num_files();
  return changes;
}

Result<std::int64_t> ReadVersionBefore(const SharedTable& table, std::int64_t millis) {
  SLUICE_RETURN_IF_ERROR(CheckHistory(table, "endingTimestamp"));
  return FromTable(table.open->table->VersionAtTimestamp(millis), table);
}

Result<FileLineOptions> LineOptions(Call& call, const SharedTable& table,
                                    protocol::ResponseFormat format) {
  const Service& service = call.service;
  FileLineOptions options;
  options.format = format;
  options.hash = format == protocol::ResponseFormat::kDelta ? protocol::FileIdHash::kDelta
                                                            : protocol::FileIdHash::kParquet;
  if (call.file_id_hash) options.hash = *call.file_id_hash;
  storage::SigningScope scope;
  scope.table_id = table.entry.id;
  scope.expires_at_ms = service.NowMillis() + service.options().url_lifetime_ms;
  FileSignerOptions signer;
  if (const auto& urls = table.open->ports.urls) {
    if (call.at_once) return WouldWait(call);
    scope.recipient = service.file_urls()->RecipientId(call.recipient.name);
    auto made = urls->SignerFor(std::move(scope));
    if (!made) return Fail(OfStore(std::move(made).error(), table.open->root));
    signer.signer = *std::move(made);
  } else {
    // Stores know nothing of networks.
    scope.recipient =
        service.file_urls()->RecipientId(call.recipient.name, call.recipient.allowed_networks);
    signer.signer = std::make_shared<LocalFileUrls>(
        service.file_urls(), service.BaseUrl(call.request), std::move(scope));
  }
  signer.kind = table.open->kind;
  signer.table_root = table.open->root;
  signer.roots = service.data_roots();
  options.signer = std::make_shared<FileSigner>(std::move(signer));
  return options;
}

Result<protocol::ResponseFormat> ChooseFormat(const Call& call, const delta::Snapshot& snapshot,
                                              std::optional<protocol::ResponseFormat> settled) {
  return protocol::NegotiateFormat(
      OnlyFormat(call, settled),
      {delta::ListedReaderFeatures(snapshot.protocol()), delta::UsedReaderFeatures(snapshot)});
}

protocol::Capabilities OnlyFormat(const Call& call,
                                  std::optional<protocol::ResponseFormat> settled) {
  protocol::Capabilities capabilities = call.capabilities;
  if (settled) {
    capabilities.accepts_parquet = *settled == protocol::ResponseFormat::kParquet;
    capabilities.accepts_delta = *settled == protocol::ResponseFormat::kDelta;
  }
  return capabilities;
}

void AddTableHeaders(const Call& call, const TableHead& about, http::ResponseHead* head) {
  head->headers.emplace_back(protocol::kTableVersionHeader, std::to_string(about.version));
  if (about.format) {
    const bool ends = about.may_end && call.capabilities.include_end_stream_action;
    head->headers.emplace_back(protocol::kCapabilitiesHeader,
                               protocol::AnswerCapabilities(*about.format, ends));
  }
  if (!call.file_id_hash) return;
  head->headers.emplace_back(protocol::kFileIdHashHeader,
                             protocol::FileIdHashName(*call.file_id_hash));
}

}  // namespace sluice::api
