// Recipients and what they may see.
#include "base/encoding.h"
#include "catalog/catalog.h"
#include "catalog/managed/admin.h"
#include "catalog/managed/checks.h"
#include "catalog/managed/grants.h"
#include "catalog/managed/identities.h"
#include "catalog/managed/lookup.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kMaxFilterBytes = 16 << 10;

RecipientRecord RecordOf(const RecipientRow& row) {
  RecipientRecord record{row.name};
  record.comment = row.comment;
  record.allowed_networks = SplitLines(row.networks);
  record.limits = {TimeOf(row.requests_per_minute), TimeOf(row.concurrent_requests)};
  record.created_ms = row.created_ms;
  return record;
}

RecipientRow RowOf(const RecipientRecord& record, std::int64_t created_ms) {
  return {FoldName(record.name),
          record.name,
          record.comment,
          record.limits.requests_per_minute.value_or(rows::kNever),
          record.limits.concurrent_requests.value_or(rows::kNever),
          JoinLines(record.allowed_networks),
          created_ms};
}

Status InsertProperties(rows::RowWriter& writer, const RecipientRow& row,
                        const std::map<std::string, std::string>& properties) {
  for (const auto& [name, value] : properties) {
    SLUICE_RETURN_IF_ERROR(InsertOne(writer, PropertyRow{row.key, name, value}));
  }
  return {};
}

/// With all that belongs to it.
Result<RecipientRecord> Complete(rows::RowReader& reader, const RecipientRow& row,
                                 std::int64_t now_ms) {
  RecipientRecord record = RecordOf(row);
  SLUICE_TRY(const auto properties, SelectAll<PropertyRow>(reader, KeyIs(row.key)));
  for (const auto& property : properties) record.properties[property.name] = property.value;
  SLUICE_TRY(const auto tokens, SelectAll<TokenRow>(reader, {{TokenRow::kRecipient, row.key}}));
  for (const auto& token : tokens) {
    record.tokens.push_back({token.id, token.created_ms, TimeOf(token.expires_ms)});
  }
  SLUICE_TRY(const auto links,
             SelectAll<ActivationRow>(reader, {{ActivationRow::kRecipient, row.key}}));
  for (const auto& link : links) record.open_links += link.expires_ms > now_ms ? 1 : 0;
  SLUICE_TRY(const auto identities,
             SelectAll<IdentityRow>(reader, {{IdentityRow::kRecipient, row.key}}));
  for (const auto& identity : identities) {
    record.identities.push_back({identity.id, TermsOf(identity), identity.created_ms});
  }
  SLUICE_TRY(const auto spelling, Spelling::Load(reader));
  SLUICE_TRY(const auto grants, SelectAll<GrantRow>(reader, KeyIs(row.key)));
  for (const auto& grant : grants) {
    record.grants.push_back({row.name, spelling.GrantOf(grant), grant.created_ms});
  }
  return record;
}

std::string TargetOf(std::string_view recipient, const Grant& grant) {
  std::string target = fmt::format("{}/{}", recipient, grant.share);
  if (!grant.schema.empty()) target += "." + grant.schema;
  if (!grant.table.empty()) target += "." + grant.table;
  return target;
}

/// The grant as a row; what it is on must exist.
Result<GrantRow> ResolveGrant(rows::RowReader& reader, std::string_view recipient,
                              const Grant& grant) {
  SLUICE_TRY(const auto row, NeedRecipient(reader, recipient));
  if (!grant.table.empty()) {
    if (grant.schema.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "a grant on a table must name its schema");
    }
    SLUICE_TRY(const auto schema, NeedSchema(reader, grant.share, grant.schema));
    // A table of a folder may come.
    const bool may_come = !schema.folder.empty() && CheckSchemaOrTableName(grant.table);
    if (!may_come) {
      SLUICE_RETURN_IF_ERROR(NeedTable(reader, grant.share, grant.schema, grant.table));
    }
  } else if (!grant.schema.empty()) {
    SLUICE_RETURN_IF_ERROR(NeedSchema(reader, grant.share, grant.schema));
  } else {
    SLUICE_RETURN_IF_ERROR(NeedShare(reader, grant.share));
  }
  return GrantRow{row.key, FoldName(grant.share), FoldName(grant.schema), FoldName(grant.table),
                  grant.row_filter};
}

}  // namespace

Result<Spelling> Spelling::Load(rows::RowReader& reader) {
  Spelling spelling;
  SLUICE_TRY(const auto shares, SelectAll<ShareRow>(reader));
  for (const auto& row : shares) spelling.names_[{row.key, "", ""}] = row.name;
  SLUICE_TRY(const auto schemas, SelectAll<SchemaRow>(reader));
  for (const auto& row : schemas) spelling.names_[{row.share, row.key, ""}] = row.name;
  SLUICE_TRY(const auto tables, SelectAll<TableRow>(reader));
  for (const auto& row : tables) spelling.names_[{row.share, row.schema, row.key}] = row.name;
  return spelling;
}

std::string Spelling::Of(const Key& key) const {
  const auto found = names_.find(key);
  if (found != names_.end()) return found->second;
  const auto& [share, schema, table] = key;
  return !table.empty() ? table : !schema.empty() ? schema : share;
}

Grant Spelling::GrantOf(const GrantRow& row) const {
  Grant grant{Of({row.share, "", ""})};
  if (!row.schema.empty()) grant.schema = Of({row.share, row.schema, ""});
  if (!row.table.empty()) grant.table = Of({row.share, row.schema, row.table});
  grant.row_filter = row.row_filter;
  return grant;
}

Result<RecipientRecord> Admin::CreateRecipient(const RecipientRecord& recipient) const {
  What what = Noted({"create recipient", recipient.name});
  SLUICE_RETURN_IF_ERROR(CheckRecipient(recipient));
  const RecipientRow row = RowOf(recipient, Now());
  std::vector<IdentityRow> identities;
  for (const auto& identity : recipient.identities) {
    SLUICE_RETURN_IF_ERROR(CheckIdentity(identity.terms, options_));
    identities.push_back(RowOf(identity.terms, row.key, Now()));
    what.detail += (what.detail.empty() ? "" : ", ") + DetailOf(identities.back());
  }
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto taken, FindOne<RecipientRow>(writer, row.key));
    if (taken) {
      return Fail(ErrorKind::kAlreadyExists, "recipient '{}' exists already", taken->name);
    }
    SLUICE_RETURN_IF_ERROR(InsertOne(writer, row));
    for (const auto& identity : identities) {
      SLUICE_RETURN_IF_ERROR(InsertIdentity(writer, identity));
    }
    return InsertProperties(writer, row, recipient.properties);
  }));
  return GetRecipient(recipient.name);
}

Result<std::vector<RecipientRecord>> Admin::ListRecipients() const {
  std::vector<RecipientRecord> recipients;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto rows, SelectAll<RecipientRow>(reader));
    SLUICE_TRY(const auto properties, SelectAll<PropertyRow>(reader));
    std::map<std::string_view, std::map<std::string, std::string>> of_key;
    for (const auto& property : properties)
      of_key[property.recipient][property.name] = property.value;
    for (const auto& row : rows) {
      RecipientRecord& record = recipients.emplace_back(RecordOf(row));
      record.properties = std::move(of_key[row.key]);
    }
    return {};
  }));
  return recipients;
}

Result<RecipientRecord> Admin::GetRecipient(std::string_view name) const {
  RecipientRecord record;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(reader, name));
    SLUICE_TRY(record, Complete(reader, row, Now()));
    return {};
  }));
  return record;
}

Result<RecipientRecord> Admin::AlterRecipient(std::string_view name,
                                              const RecipientChanges& changes) const {
  const What what = {"alter recipient", std::string(name)};
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto before, NeedRecipient(writer, name));
    RecipientRecord record = RecordOf(before);
    if (changes.comment) record.comment = *changes.comment;
    if (changes.allowed_networks) record.allowed_networks = *changes.allowed_networks;
    if (changes.limits) record.limits = *changes.limits;
    if (changes.properties) record.properties = *changes.properties;
    SLUICE_RETURN_IF_ERROR(CheckRecipient(record));
    const RecipientRow row = RowOf(record, before.created_ms);
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kRecipients, KeyIs(row.key)));
    SLUICE_RETURN_IF_ERROR(InsertOne(writer, row));
    if (!changes.properties) return {};
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kProperties, KeyIs(row.key)));
    return InsertProperties(writer, row, *changes.properties);
  }));
  return GetRecipient(name);
}

Status Admin::DropRecipient(std::string_view name) const {
  return Change({"drop recipient", std::string(name)}, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, name));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kTokens, {{TokenRow::kRecipient, row.key}}));
    SLUICE_RETURN_IF_ERROR(
        writer.Delete(rows::kActivations, {{ActivationRow::kRecipient, row.key}}));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kIdentities, {{IdentityRow::kRecipient, row.key}}));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kGrants, KeyIs(row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kProperties, KeyIs(row.key)));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kRecipients, KeyIs(row.key)));
    return {};
  });
}

Status Admin::AddGrant(std::string_view recipient, const Grant& grant) const {
  const What what = Noted({"grant", TargetOf(recipient, grant), grant.row_filter});
  if (!grant.row_filter.empty()) {
    SLUICE_RETURN_IF_ERROR(CheckText("a row filter", grant.row_filter, kMaxFilterBytes));
    SLUICE_RETURN_IF_ERROR(options_.check_row_filter(grant.row_filter));
  }
  return Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(GrantRow row, ResolveGrant(writer, recipient, grant));
    row.created_ms = Now();
    SLUICE_RETURN_IF_ERROR(
        writer.Delete(rows::kGrants, KeyIs(row.recipient, row.share, row.schema, row.table)));
    return InsertOne(writer, row);
  });
}

Status Admin::RemoveGrant(std::string_view recipient, const Grant& grant) const {
  return Change({"revoke", TargetOf(recipient, grant)}, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, recipient));
    SLUICE_TRY(const auto gone,
               writer.Delete(rows::kGrants, KeyIs(row.key, FoldName(grant.share),
                                                  FoldName(grant.schema), FoldName(grant.table))));
    if (gone > 0) return {};
    return Fail(ErrorKind::kNotFound, "there is no such grant: {}",
                Printable(TargetOf(recipient, grant), 600));
  });
}

Result<std::vector<GrantRecord>> Admin::ListGrants() const {
  std::vector<GrantRecord> grants;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto spelling, Spelling::Load(reader));
    SLUICE_TRY(const auto recipients, SelectAll<RecipientRow>(reader));
    std::map<std::string, std::string> names;
    for (const auto& row : recipients) names[row.key] = row.name;
    SLUICE_TRY(const auto rows, SelectAll<GrantRow>(reader));
    for (const auto& row : rows) {
      grants.push_back({names[row.recipient], spelling.GrantOf(row), row.created_ms});
    }
    return {};
  }));
  return grants;
}

}  // namespace sluice::catalog
