// Tokens and the links that hand them over.
#include <algorithm>

#include "base/encoding.h"
#include "catalog/managed/admin.h"
#include "catalog/managed/checks.h"
#include "catalog/managed/lookup.h"
#include "catalog/managed/secrets.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kMaxTokens = 100;
/// An expired token is kept for a while, so that its owner is told the reason.
constexpr std::int64_t kKeepExpiredMs = std::int64_t{30} * 86'400'000;

tl::unexpected<Error> NoLink() {
  return Fail(ErrorKind::kNotFound,
              "this link is not known, was used or has expired: ask the provider for a new one");
}

Status RemoveLongExpired(rows::RowWriter& writer, const std::vector<TokenRow>& tokens,
                         std::int64_t now_ms) {
  for (const auto& token : tokens) {
    const auto expires = TimeOf(token.expires_ms);
    if (!expires || *expires > now_ms - kKeepExpiredMs) continue;
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kTokens, KeyIs(token.digest)));
  }
  return {};
}

/// Adds the token to those of the recipient with this key.
Status AddToken(rows::RowWriter& writer, const std::string& recipient, const Secret& secret,
                std::int64_t now_ms) {
  SLUICE_TRY(auto tokens, SelectAll<TokenRow>(writer, {{TokenRow::kRecipient, recipient}}));
  SLUICE_RETURN_IF_ERROR(RemoveLongExpired(writer, tokens, now_ms));
  std::erase_if(tokens, [&](const TokenRow& token) {
    return token.expires_ms != rows::kNever && token.expires_ms <= now_ms;
  });
  if (tokens.size() >= kMaxTokens) {
    return Fail(ErrorKind::kInvalidArgument, "the recipient has {} tokens; revoke some first",
                tokens.size());
  }
  return InsertOne(writer, TokenRowOf(secret, recipient, now_ms));
}

/// The tokens that there are end at `end_ms`, or before where they would have.
Status EndTokens(rows::RowWriter& writer, const std::string& recipient, std::int64_t end_ms,
                 std::int64_t now_ms) {
  SLUICE_TRY(const auto tokens, SelectAll<TokenRow>(writer, {{TokenRow::kRecipient, recipient}}));
  for (const auto& token : tokens) {
    if (end_ms <= now_ms) {
      SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kTokens, KeyIs(token.digest)));
    } else if (token.expires_ms == rows::kNever || token.expires_ms > end_ms) {
      SLUICE_RETURN_IF_ERROR(
          writer.Update(rows::kTokens, KeyIs(token.digest), {{TokenRow::kExpires, end_ms}}));
    }
  }
  return {};
}

}  // namespace

Result<Secret> Admin::IssueToken(std::string_view recipient, Lifetime lifetime_ms) const {
  What what = Noted({"issue token", std::string(recipient)});
  SLUICE_RETURN_IF_ERROR(CheckLifetime(lifetime_ms));
  const Secret secret = MakeSecret(Now(), lifetime_ms);
  what.detail = "token " + secret.id;
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, recipient));
    return AddToken(writer, row.key, secret, Now());
  }));
  return secret;
}

Result<Secret> Admin::Rotate(std::string_view recipient, const Rotation& rotation) const {
  What what = Noted({"rotate", std::string(recipient)});
  SLUICE_RETURN_IF_ERROR(CheckLifetime(rotation.lifetime_ms));
  if (rotation.grace_ms != 0) SLUICE_RETURN_IF_ERROR(CheckLifetime(rotation.grace_ms));
  const Secret secret = MakeSecret(Now(), rotation.lifetime_ms);
  what.detail = fmt::format("token {}, grace {} s", secret.id, rotation.grace_ms / 1000);
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, recipient));
    SLUICE_RETURN_IF_ERROR(EndTokens(writer, row.key, Now() + rotation.grace_ms, Now()));
    return AddToken(writer, row.key, secret, Now());
  }));
  return secret;
}

Status Admin::RevokeTokens(std::string_view recipient, std::string_view token_id) const {
  const What what = {"revoke tokens", std::string(recipient),
                     token_id.empty() ? std::string("all") : fmt::format("token {}", token_id)};
  return Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, recipient));
    rows::Cells where = {{TokenRow::kRecipient, row.key}};
    if (!token_id.empty()) where.push_back({TokenRow::kId, std::string(token_id)});
    SLUICE_TRY(const auto gone, writer.Delete(rows::kTokens, where));
    if (!token_id.empty()) {
      if (gone > 0) return {};
      return Fail(ErrorKind::kNotFound, "recipient '{}' has no token '{}'", row.name,
                  Printable(token_id, 64));
    }
    SLUICE_RETURN_IF_ERROR(
        writer.Delete(rows::kActivations, {{ActivationRow::kRecipient, row.key}}));
    SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kIdentities, {{IdentityRow::kRecipient, row.key}}));
    return {};
  });
}

Result<Secret> Admin::MakeLink(std::string_view recipient, const LinkTerms& terms) const {
  const What what = Noted({"make link", std::string(recipient)});
  SLUICE_RETURN_IF_ERROR(CheckLifetime(terms.lifetime_ms));
  SLUICE_RETURN_IF_ERROR(CheckLifetime(terms.token_lifetime_ms));
  const Secret secret = MakeSecret(Now(), terms.lifetime_ms);
  SLUICE_RETURN_IF_ERROR(Change(what, [&](rows::RowWriter& writer) -> Status {
    SLUICE_TRY(const auto row, NeedRecipient(writer, recipient));
    SLUICE_TRY(const auto links,
               SelectAll<ActivationRow>(writer, {{ActivationRow::kRecipient, row.key}}));
    for (const auto& link : links) {
      if (link.expires_ms > Now()) continue;
      SLUICE_RETURN_IF_ERROR(writer.Delete(rows::kActivations, KeyIs(link.digest)));
    }
    return InsertOne(writer,
                     ActivationRow{DigestOf(secret.text), row.key, Now(), *secret.expires_at_ms,
                                   terms.token_lifetime_ms.value_or(rows::kNever)});
  }));
  return secret;
}

Result<bool> Admin::IsOpen(std::string_view secret) const {
  bool open = false;
  SLUICE_RETURN_IF_ERROR(store_.Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    SLUICE_TRY(const auto link, FindOne<ActivationRow>(reader, DigestOf(secret)));
    open = link && link->expires_ms > Now();
    return {};
  }));
  return open;
}

Result<Admin::Activated> Admin::Activate(std::string_view secret) const {
  // A guess must not cost a write, which would make everybody read the catalog anew.
  SLUICE_TRY(const bool open, IsOpen(secret));
  if (!open) return NoLink();
  Activated activated;
  What what = {"activate", {}};
  std::int64_t made = 0;
  SLUICE_RETURN_IF_ERROR(store_.Write([&](rows::RowWriter& writer, std::int64_t version) -> Status {
    made = version;
    SLUICE_TRY(const auto link, FindOne<ActivationRow>(writer, DigestOf(secret)));
    if (!link || link->expires_ms <= Now()) return NoLink();
    SLUICE_TRY(const auto gone, writer.Delete(rows::kActivations, KeyIs(link->digest)));
    if (gone != 1) return NoLink();
    SLUICE_TRY(const auto row, NeedRecipient(writer, link->recipient));
    activated.recipient = row.name;
    activated.token = MakeSecret(Now(), TimeOf(link->token_lifetime_ms));
    SLUICE_RETURN_IF_ERROR(AddToken(writer, row.key, activated.token, Now()));
    what = {"activate", row.name, "token " + activated.token.id};
    return InsertOne(writer, ChangeRow{version, Now(), actor_, std::string(what.action),
                                       what.target, what.detail});
  }));
  Noted(what, made);
  return activated;
}

}  // namespace sluice::catalog
