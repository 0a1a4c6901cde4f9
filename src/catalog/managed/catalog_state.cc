#include "catalog/managed/catalog_state.h"

#include <optional>
#include <set>

#include "base/encoding.h"
#include "catalog/managed/grants.h"
#include "catalog/managed/identities.h"
#include "catalog/managed/records.h"

namespace sluice::catalog {
namespace {

Table TableOf(const TableRow& row) {
  Table table;
  table.share = row.share;
  table.schema = row.schema;
  table.name = row.name;
  table.id = row.id;
  table.configured_id = true;
  table.location = row.location;
  table.history_shared = row.history_shared != 0;
  table.start_version = row.start;
  table.files = SplitLines(row.files);
  table.row_filter = row.row_filter;
  table.storage = MapOf(row.storage);
  return table;
}

Recipient RecipientOf(const RecipientRow& row) {
  Recipient recipient{row.name, std::vector<Grant>(), std::nullopt};
  recipient.allowed_networks = SplitLines(row.networks);
  recipient.limits = {TimeOf(row.requests_per_minute), TimeOf(row.concurrent_requests)};
  return recipient;
}

Status Damaged(const Status& status) {
  if (status) return {};
  return Fail(ErrorKind::kCorrupt, "the catalog contradicts itself: {}", status.error().message);
}

}  // namespace

Result<std::shared_ptr<const CatalogState>> CatalogState::Load(rows::RowReader& reader,
                                                               std::int64_t version) {
  std::shared_ptr<CatalogState> state(new CatalogState(version));
  SLUICE_RETURN_IF_ERROR(state->LoadListing(reader));
  SLUICE_RETURN_IF_ERROR(state->LoadRecipients(reader));
  return state;
}

Status CatalogState::LoadListing(rows::RowReader& reader) {
  SLUICE_TRY(const auto shares, SelectAll<ShareRow>(reader));
  for (const auto& row : shares) {
    SLUICE_RETURN_IF_ERROR(
        Damaged(listing_.AddShare({row.name, row.id, row.comment, MapOf(row.properties)})));
  }
  SLUICE_TRY(const auto schemas, SelectAll<SchemaRow>(reader));
  for (const auto& row : schemas) {
    SLUICE_RETURN_IF_ERROR(Damaged(listing_.AddSchema({row.share, row.name, FolderOf(row)})));
  }
  SLUICE_TRY(const auto tables, SelectAll<TableRow>(reader));
  for (const auto& row : tables) {
    SLUICE_RETURN_IF_ERROR(Damaged(listing_.AddTable(TableOf(row))));
  }
  return {};
}

Status CatalogState::LoadRecipients(rows::RowReader& reader) {
  RecipientPtrs recipients;
  SLUICE_TRY(const auto rows, SelectAll<RecipientRow>(reader));
  for (const auto& row : rows) recipients[row.key] = std::make_shared<Recipient>(RecipientOf(row));
  SLUICE_TRY(const auto properties, SelectAll<PropertyRow>(reader));
  for (const auto& row : properties) {
    const auto owner = recipients.find(row.recipient);
    if (owner != recipients.end()) owner->second->properties[row.name] = row.value;
  }
  SLUICE_TRY(const auto spelling, Spelling::Load(reader));
  SLUICE_TRY(const auto grants, SelectAll<GrantRow>(reader));
  for (const auto& row : grants) {
    const auto owner = recipients.find(row.recipient);
    if (owner != recipients.end()) owner->second->grants->push_back(spelling.GrantOf(row));
  }
  return LoadCredentials(reader, recipients);
}

Status CatalogState::LoadCredentials(rows::RowReader& reader, const RecipientPtrs& recipients) {
  SLUICE_TRY(const auto tokens, SelectAll<TokenRow>(reader));
  for (const auto& row : tokens) {
    const auto owner = recipients.find(row.recipient);
    if (owner == recipients.end()) continue;
    SLUICE_TRY(std::string digest, HexDecode(row.digest));
    tokens_[std::move(digest)] = {owner->second, TimeOf(row.expires_ms)};
  }
  SLUICE_TRY(const auto identities, SelectAll<IdentityRow>(reader));
  for (const auto& row : identities) {
    const auto owner = recipients.find(row.recipient);
    if (owner == recipients.end()) continue;
    identities_[{row.issuer, row.subject}].push_back({TermsOf(row), owner->second});
  }
  return {};
}

Result<Recipient> CatalogState::FindRecipient(std::string_view token_digest) const {
  const auto found = tokens_.find(token_digest);
  if (found == tokens_.end()) {
    return Fail(ErrorKind::kNotFound, "no recipient has this token");
  }
  Recipient recipient = *found->second.recipient;
  recipient.expires_at_ms = found->second.expires_at_ms;
  return recipient;
}

Result<Recipient> CatalogState::FindByIdentity(const Identity& identity) const {
  std::set<std::string> subjects = {identity.subject, ""};
  // Who is named by a subject comes before who is known by claims alone.
  for (auto subject = subjects.rbegin(); subject != subjects.rend(); ++subject) {
    const auto found = identities_.find({identity.issuer, *subject});
    if (found == identities_.end()) continue;
    std::optional<Recipient> meant;
    for (const Known& known : found->second) {
      if (!Meets(identity, known.terms)) continue;
      if (meant && meant->name != known.recipient->name) {
        return Fail(ErrorKind::kPermissionDenied,
                    "the token is that of several recipients: '{}', '{}'", meant->name,
                    known.recipient->name);
      }
      if (!meant) meant = *known.recipient;
      AddClaimProperties(identity, known.terms, &*meant);
    }
    if (meant) return *std::move(meant);
  }
  return Fail(ErrorKind::kNotFound, "no recipient is meant");
}

}  // namespace sluice::catalog
