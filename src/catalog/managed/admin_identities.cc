// Whom tokens of issuers mean.
#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/managed/admin.h"
#include "catalog/managed/checks.h"
#include "catalog/managed/identities.h"
#include "catalog/managed/lookup.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kMaxIdentities = 1000;

Pairs PairsOf(const std::map<std::string, std::vector<std::string>>& claims) {
  Pairs pairs;
  for (const auto& [claim, values] : claims) {
    for (const auto& value : values) pairs.emplace_back(claim, value);
  }
  return pairs;
}

}  // namespace

std::string DetailOf(const IdentityRow& row) {
  std::string detail = row.issuer;
  if (!row.subject.empty()) detail += fmt::format(" subject '{}'", row.subject);
  for (const auto& [claim, value] : SplitPairs(row.claims)) {
    detail += fmt::format(" claim {}='{}'", claim, value);
  }
  return detail;
}

IdentityTerms TermsOf(const IdentityRow& row) {
  IdentityTerms terms{row.issuer, row.subject};
  for (auto& [claim, value] : SplitPairs(row.claims)) terms.claims[claim].push_back(value);
  terms.properties = MapOf(row.properties);
  return terms;
}

IdentityRow RowOf(const IdentityTerms& terms, const std::string& recipient, std::int64_t now_ms) {
  IdentityRow row;
  row.recipient = recipient;
  row.issuer = terms.issuer;
  row.subject = terms.subject;
  row.claims = JoinPairs(PairsOf(terms.claims));
  row.properties = TextOf(terms.properties);
  row.created_ms = now_ms;
  row.id = Sha256Hex(JoinLines({row.issuer, row.subject, row.claims})).substr(0, kIdDigits);
  return row;
}

Status InsertIdentity(rows::RowWriter& writer, const IdentityRow& row) {
  SLUICE_TRY(const auto taken, FindOne<IdentityRow>(writer, row.id));
  if (taken) {
    return Fail(ErrorKind::kAlreadyExists, "the same tokens are those of recipient '{}' already",
                taken->recipient);
  }
  SLUICE_TRY(const auto others,
             SelectAll<IdentityRow>(writer, {{IdentityRow::kRecipient, row.recipient}}));
  if (others.size() >= kMaxIdentities) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} identities", kMaxIdentities);
  }
  return InsertOne(writer, row);
}

Result<IdentityRecord> Admin::AddIdentity(std::string_view recipient,
                                          const IdentityTerms& terms) const {
  What what = Noted({"identify", std::string(recipient)});
  SLUICE_RETURN_IF_ERROR(CheckIdentity(terms, options_));
  const IdentityRow row = RowOf(terms, FoldName(recipient), Now());
  what.detail = DetailOf(row);
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_RETURN_IF_ERROR(NeedRecipient(writer, recipient));
    return InsertIdentity(writer, row);
  }));
  return IdentityRecord{row.id, terms, row.created_ms};
}

Status Admin::RemoveIdentity(std::string_view recipient, std::string_view id) const {
  const What what = {"remove identity", std::string(recipient), std::string(id)};
  return Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, recipient));
    rows::Cells where = KeyIs(id);
    where.push_back({IdentityRow::kRecipient, row.key});
    SLUICE_TRY(const auto gone, writer.Delete(rows::kIdentities, where));
    if (gone > 0) return {};
    return Fail(ErrorKind::kNotFound, "recipient '{}' has no identity '{}'", row.name,
                Printable(id, 64));
  });
}

}  // namespace sluice::catalog
