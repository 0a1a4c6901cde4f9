#include "server/api/table_access.h"

#include "auth/authenticator.h"
#include "delta/features.h"
#include "server/api/error_response.h"
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

Result<std::int64_t> FindVersion(const SharedTable& table, const VersionChoice& choice) {
  if (choice.pinned) return *choice.pinned;
  if (choice.version) return *choice.version;
  return FromTable(table.open->table->VersionAtTimestamp(*choice.timestamp_ms), table);
}

}  // namespace

Result<SharedTable> FindTable(Call& call) {
  const auto& names = call.arguments;
  call.audit.table = fmt::format("{}.{}.{}", names[0], names[1], names[2]);
  if (!auth::CanSee(call.recipient, names[0])) {
    call.audit.denied = fmt::format("no grant on share {}", names[0]);
    return auth::CheckVisible(call.recipient, names[0]).map([] { return SharedTable(); });
  }
  SharedTable table;
  SLUICE_TRY(table.entry, call.service.catalog().GetTable(names[0], names[1], names[2]));
  call.audit.table =
      fmt::format("{}.{}.{}", table.entry.share, table.entry.schema, table.entry.name);
  auto open = call.service.tables().Get(table.entry);
  if (!open) return Fail(OfStore(std::move(open).error(), table.entry.location));
  table.open = *std::move(open);
  table.directory = DirectoryOf(call.service, table.entry);
  return table;
}

std::string DirectoryOf(const Service& service, const catalog::Table& table) {
  if (!table.history_shared || table.start_version > 0 || !table.files.empty()) return {};
  const auto place = storage::ParseLocation(table.location);
  return place && service.stores().DirectoryAccess(*place) ? table.location : std::string();
}

Result<delta::SnapshotPtr> ReadSnapshot(Call& call, const SharedTable& table,
                                        const VersionChoice& choice) {
  delta::Table& log = *table.open->table;
  delta::SnapshotPtr snapshot;
  if (choice.asked()) {
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
  call.service.tables().Grown(*table.open, *snapshot);
  return snapshot;
}

Result<std::int64_t> ReadVersion(Call& call, const SharedTable& table,
                                 std::optional<std::int64_t> since_ms) {
  delta::Table& log = *table.open->table;
  std::int64_t version = 0;
  if (since_ms) {
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
                                      const delta::ChangesRequest& request) {
  SLUICE_RETURN_IF_ERROR(CheckHistory(table, "changes and startingVersion"));
  SLUICE_RETURN_IF_ERROR(CheckStart(table, request.first));
  SLUICE_TRY(auto changes, FromTable(table.open->table->ReadChanges(request), table));
  call.audit.version = changes->first();
  call.audit.files = changes->num_files();
  return changes;
}

Result<std::int64_t> ReadVersionBefore(const SharedTable& table, std::int64_t millis) {
  SLUICE_RETURN_IF_ERROR(CheckHistory(table, "endingTimestamp"));
  return FromTable(table.open->table->VersionAtTimestamp(millis), table);
}

Result<FileLineOptions> LineOptions(const Call& call, const SharedTable& table,
                                    protocol::ResponseFormat format) {
  const Service& service = call.service;
  FileLineOptions options;
  options.format = format;
  options.hash = format == protocol::ResponseFormat::kDelta ? protocol::FileIdHash::kDelta
                                                            : protocol::FileIdHash::kParquet;
  if (!call.file_id_hash.empty()) {
    SLUICE_TRY(options.hash, protocol::ParseFileIdHash(call.file_id_hash));
  }
  storage::SigningScope scope;
  scope.table_id = table.entry.id;
  scope.recipient = service.file_urls()->RecipientId(call.recipient.name);
  scope.expires_at_ms = service.NowMillis() + service.options().url_lifetime_ms;
  FileSignerOptions signer;
  if (const auto& urls = table.open->ports.urls) {
    auto made = urls->SignerFor(std::move(scope));
    if (!made) return Fail(OfStore(std::move(made).error(), table.open->root));
    signer.signer = *std::move(made);
  } else {
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

void AddTableHeaders(const Call& call, std::int64_t version,
                     std::optional<protocol::ResponseFormat> format, http::ResponseHead* head) {
  head->headers.emplace_back(protocol::kTableVersionHeader, std::to_string(version));
  if (format) {
    head->headers.emplace_back(
        protocol::kCapabilitiesHeader,
        protocol::AnswerCapabilities(*format, call.capabilities.include_end_stream_action));
  }
  if (call.file_id_hash.empty()) return;
  if (const auto known = protocol::ParseFileIdHash(call.file_id_hash)) {
    head->headers.emplace_back(protocol::kFileIdHashHeader, protocol::FileIdHashName(*known));
  }
}

}  // namespace sluice::api
