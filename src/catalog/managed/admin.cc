#include "catalog/managed/admin.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/managed/checks.h"
#include "catalog/managed/secrets.h"

namespace sluice::catalog {
namespace {

constexpr const char* kEndpoint = "endpoint";
constexpr std::size_t kMaxUrlBytes = 2048;

ChangeRecord RecordOf(ChangeRow row) {
  return {row.version,           row.at_ms,
          std::move(row.actor),  std::move(row.action),
          std::move(row.target), std::move(row.detail)};
}

}  // namespace

Admin::What Admin::Noted(What what, std::int64_t version) const {
  if (noted_ != nullptr) {
    *noted_ = {version, Now(), actor_, std::string(what.action), what.target, what.detail};
  }
  return what;
}

Status Admin::Change(const What& what, const std::function<Status(rows::RowWriter&)>& body) const {
  Noted(what);
  std::int64_t made = 0;
  SLUICE_RETURN_IF_ERROR(store_.Write([&](rows::RowWriter& writer, std::int64_t version) -> Status {
    made = version;
    SLUICE_RETURN_IF_ERROR(body(writer));
    return InsertOne(writer, ChangeRow{version, Now(), actor_, std::string(what.action),
                                       what.target, what.detail});
  }));
  Noted(what, made);
  return {};
}

Result<std::vector<ChangeRecord>> Admin::ListChangesBetween(
    std::optional<std::int64_t> since_ms, std::optional<std::int64_t> until_ms) const {
  std::vector<ChangeRecord> changes;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(auto rows, SelectAll<ChangeRow>(reader));
    for (auto& row : rows) {
      if ((since_ms && row.at_ms < *since_ms) || (until_ms && row.at_ms >= *until_ms)) continue;
      changes.push_back(RecordOf(std::move(row)));
    }
    return {};
  }));
  return changes;
}

Result<std::vector<ChangeRecord>> Admin::ListChanges(std::size_t limit) const {
  std::vector<ChangeRecord> changes;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t newest) -> Status {
    // Every write leaves one line, so that versions have no gaps.
    for (std::int64_t version = newest; version > 0 && changes.size() < limit; --version) {
      SLUICE_TRY(auto found, SelectAll<ChangeRow>(reader, {{0, version}}));
      for (auto& row : found) {
        changes.push_back(RecordOf(std::move(row)));
      }
    }
    return {};
  }));
  return changes;
}

Result<std::string> Admin::GetEndpoint() const {
  std::string url;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto found, FindOne<SettingRow>(reader, kEndpoint));
    if (found) url = found->value;
    return {};
  }));
  return url;
}

Status Admin::SetEndpoint(std::string_view url) const {
  SLUICE_RETURN_IF_ERROR(CheckText("the endpoint", url, kMaxUrlBytes));
  SLUICE_TRY(const std::string now, GetEndpoint());
  if (now == url) return {};
  return Change({"set endpoint", std::string(url)}, [&](rows::RowWriter& writer) -> Status {
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kSettings, KeyIs(kEndpoint)));
    return InsertOne(writer, SettingRow{kEndpoint, std::string(url)});
  });
}

Result<Secret> Admin::CreateAdmin(std::string_view name, Lifetime lifetime_ms) const {
  const What what = Noted({"create admin", std::string(name)});
  SLUICE_RETURN_IF_ERROR(CheckRecipientName(name));
  SLUICE_RETURN_IF_ERROR(CheckLifetime(lifetime_ms));
  const Secret secret = MakeSecret(Now(), lifetime_ms);
  const AdminRow row = {FoldName(name), std::string(name), DigestOf(secret.text), Now(),
                        secret.expires_at_ms.value_or(rows::kNever)};
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto taken, FindOne<AdminRow>(writer, row.key));
    if (taken) {
      return Fail(ErrorKind::kAlreadyExists, "admin '{}' exists already", row.name);
    }
    return InsertOne(writer, row);
  }));
  return secret;
}

Result<std::vector<AdminRecord>> Admin::ListAdmins() const {
  std::vector<AdminRecord> admins;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto rows, SelectAll<AdminRow>(reader));
    for (const auto& row : rows) {
      admins.push_back({row.name, row.created_ms, TimeOf(row.expires_ms)});
    }
    return {};
  }));
  return admins;
}

Status Admin::DropAdmin(std::string_view name) const {
  return Change({"drop admin", std::string(name)}, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto gone, writer.Delete(rows::kAdmins, KeyIs(FoldName(name))));
    if (gone > 0) return {};
    return Fail(ErrorKind::kNotFound, "admin '{}' does not exist", Printable(name, 255));
  });
}

Result<std::string> Admin::FindAdmin(std::string_view secret) const {
  std::string name;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto found,
               SelectAll<AdminRow>(reader, {{AdminRow::kDigest, DigestOf(secret)}}));
    if (found.empty()) {
      return Fail(ErrorKind::kUnauthenticated, "the admin token is not known here");
    }
    const auto expires = TimeOf(found.front().expires_ms);
    if (expires && *expires <= Now()) {
      return Fail(ErrorKind::kUnauthenticated, "the admin token has expired");
    }
    name = found.front().name;
    return {};
  }));
  return name;
}

}  // namespace sluice::catalog
