// What may be done to a catalog that is managed: shares, tables, recipients, their tokens and
// grants. The meaning of the rows, written once for commands and REST.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/identity_map.h"
#include "catalog/recipient.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog {

/// A credential, shown once: only its SHA-256 digest is kept.
struct Secret {
  std::string text;  ///< 32 random bytes, base64url.
  std::string id;    ///< Names it in listings; tells nothing of it.
  std::optional<std::int64_t> expires_at_ms;
};

struct ShareRecord {
  std::string name;
  std::string id = {};
  std::string comment = {};
  std::int64_t created_ms = 0;
  std::map<std::string, std::string> properties = {};
};

struct SchemaRecord {
  std::string share;
  std::string name;
  std::string comment = {};
  std::int64_t created_ms = 0;
  std::map<std::string, std::string> properties = {};
  std::optional<SharedFolder> folder = {};
};

struct TableRecord {
  std::string share;
  std::string schema;
  std::string name;
  std::string comment = {};
  std::string id = {};  ///< Empty for a new table: one is made.
  std::string location = {};
  bool history_shared = false;
  std::int64_t start_version = 0;
  std::vector<std::string> files = {};
  std::string row_filter = {};
  std::map<std::string, std::string> storage = {};
  std::int64_t created_ms = 0;
  std::map<std::string, std::string> properties = {};
};

/// What is said of a share, a schema or a table, for people and programs of theirs. What is absent
/// stays as it is; properties take the place of all that were.
struct Remarks {
  std::optional<std::string> comment;
  std::optional<std::map<std::string, std::string>> properties;
};

struct TokenRecord {
  std::string id;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> expires_at_ms;
};

/// Whoever proves it by a token of the issuer is the recipient.
struct IdentityRecord {
  std::string id = {};  ///< Names it in listings; the same terms have the same.
  IdentityTerms terms = {};
  std::int64_t created_ms = 0;
};

/// A right of a recipient; times and names as they are kept.
struct GrantRecord {
  std::string recipient;
  Grant grant;
  std::int64_t created_ms = 0;
};

struct RecipientRecord {
  std::string name;
  std::string comment = {};
  std::map<std::string, std::string> properties = {};
  std::vector<std::string> allowed_networks = {};
  RecipientLimits limits = {};
  std::int64_t created_ms = 0;
  std::vector<TokenRecord> tokens = {};
  std::vector<IdentityRecord> identities = {};
  std::vector<GrantRecord> grants = {};
  std::int64_t open_links = 0;  ///< Activation links that may still be used.
};

/// What is absent stays as it is; what is there takes the place of all that was.
struct RecipientChanges {
  std::optional<std::string> comment;
  std::optional<std::map<std::string, std::string>> properties;
  std::optional<std::vector<std::string>> allowed_networks;
  std::optional<RecipientLimits> limits;
};

/// From now on; absent: for ever.
using Lifetime = std::optional<std::int64_t>;

struct Rotation {
  Lifetime lifetime_ms;
  std::int64_t grace_ms = 0;  ///< So long the tokens that there were still work.
};

struct LinkTerms {
  std::int64_t lifetime_ms = 0;
  Lifetime token_lifetime_ms;
};

/// Somebody who may use the admin API.
struct AdminRecord {
  std::string name;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> expires_at_ms;
};

/// One line a change, written with it.
struct ChangeRecord {
  std::int64_t version = 0;
  std::int64_t at_ms = 0;
  std::string actor;
  std::string action;  ///< "grant"
  std::string target;  ///< "recipient/share.schema.table"
  std::string detail;
};

struct AdminOptions {
  /// Whether a text is a row filter that can be enforced. Errors: kInvalidArgument.
  std::function<Status(std::string_view)> check_row_filter;
  /// Whether a text is a place where a table may lie. Errors: kInvalidArgument, kUnsupported.
  std::function<Status(std::string_view)> check_location;
  /// The one spelling of a place whose tables may be shared: a path, or a URI of a store. Errors:
  /// as of check_location.
  std::function<Result<std::string>(std::string_view)> folder_location;
  /// Whether a location's store may have these options. Errors: kInvalidArgument.
  std::function<Status(std::string_view, const std::map<std::string, std::string>&)> check_storage;
  /// Whether a text is the URL of an issuer of tokens. Errors: kInvalidArgument.
  std::function<Status(std::string_view)> check_issuer;
  const Clock* clock = &SystemClock();
};

/// Cheap to make, for one actor. Thread-safe. Names compare without case. Errors of all: those of
/// the rows; kInvalidArgument for a name, a text or a number out of bounds; kNotFound and
/// kAlreadyExists naming the thing. No message holds a secret.
class Admin {
 public:
  /// `actor` is who it is done for, as the changes will say: "command of user 0", "admin ann".
  /// `noted`, if given, outlives it and is for one thread: there stands each change as soon as it
  /// is asked for, with version 0 until it is made.
  Admin(rows::RowStore& store, const AdminOptions& options, std::string actor,
        ChangeRecord* noted = nullptr)
      : store_(store), options_(options), actor_(std::move(actor)), noted_(noted) {}

  // Shares. Lists are in the order of folded names.
  Result<ShareRecord> CreateShare(const ShareRecord& share) const;
  Result<std::vector<ShareRecord>> ListShares() const;
  Result<ShareRecord> GetShare(std::string_view share) const;
  /// With all its tables and the grants on it.
  Status DropShare(std::string_view share) const;
  Result<ShareRecord> AlterShare(std::string_view share, const Remarks& remarks) const;
  Result<std::vector<SchemaRecord>> ListSchemas(std::string_view share) const;
  /// Gives a schema a folder, and makes the schema if it is missing; then also what else is said of
  /// it. Errors also: kAlreadyExists for one that has a folder.
  Result<SchemaRecord> AddFolder(const SchemaRecord& schema) const;
  Result<SchemaRecord> AlterSchema(std::string_view share, std::string_view schema,
                                   const Remarks& remarks) const;
  Result<TableRecord> AlterTable(std::string_view share, std::string_view schema,
                                 std::string_view table, const Remarks& remarks) const;
  /// Makes the schema, with this spelling, if it is missing. Ids are of one location each.
  Result<TableRecord> AddTable(const TableRecord& table) const;
  Result<std::vector<TableRecord>> ListTables(std::string_view share) const;
  /// With the grants on it. Its schema stays.
  Status RemoveTable(std::string_view share, std::string_view schema, std::string_view table) const;
  /// With its tables and the grants on them.
  Status RemoveSchema(std::string_view share, std::string_view schema) const;

  // Recipients.
  /// With the identities of the record.
  Result<RecipientRecord> CreateRecipient(const RecipientRecord& recipient) const;
  /// Without tokens, identities, grants and links.
  Result<std::vector<RecipientRecord>> ListRecipients() const;
  Result<RecipientRecord> GetRecipient(std::string_view name) const;
  Result<RecipientRecord> AlterRecipient(std::string_view name,
                                         const RecipientChanges& changes) const;
  /// With tokens, links, identities and grants.
  Status DropRecipient(std::string_view name) const;

  // Tokens.
  /// One more, beside those that there are.
  Result<Secret> IssueToken(std::string_view recipient, Lifetime lifetime_ms) const;
  /// A new one; all others end when the grace does, or when they would have ended before.
  Result<Secret> Rotate(std::string_view recipient, const Rotation& rotation) const;
  /// Ends all tokens, links and identities at once, or the one token of that id.
  Status RevokeTokens(std::string_view recipient, std::string_view token_id) const;
  /// The secret of a link, to be exchanged once for a token.
  Result<Secret> MakeLink(std::string_view recipient, const LinkTerms& terms) const;
  struct Activated {
    std::string recipient;
    Secret token;
  };
  /// Errors also: kNotFound for a secret that is unknown, used or expired, which read the same.
  Result<Activated> Activate(std::string_view secret) const;
  /// Whether Activate would succeed.
  Result<bool> IsOpen(std::string_view secret) const;

  // Tokens of issuers.
  /// Errors also: kAlreadyExists for terms that are those of a recipient already.
  Result<IdentityRecord> AddIdentity(std::string_view recipient, const IdentityTerms& terms) const;
  Status RemoveIdentity(std::string_view recipient, std::string_view id) const;

  // Grants.
  /// Takes the place of one on the same thing. The thing must exist.
  Status AddGrant(std::string_view recipient, const Grant& grant) const;
  Status RemoveGrant(std::string_view recipient, const Grant& grant) const;
  Result<std::vector<GrantRecord>> ListGrants() const;

  // Whoever administers by REST.
  Result<Secret> CreateAdmin(std::string_view name, Lifetime lifetime_ms) const;
  Result<std::vector<AdminRecord>> ListAdmins() const;
  Status DropAdmin(std::string_view name) const;
  /// The name of the admin whose credential this is. Errors: kUnauthenticated.
  Result<std::string> FindAdmin(std::string_view secret) const;

  /// At most `limit`, the newest first.
  Result<std::vector<ChangeRecord>> ListChanges(std::size_t limit) const;
  /// Those from `since_ms` on and before `until_ms`, the oldest first.
  Result<std::vector<ChangeRecord>> ListChangesBetween(std::optional<std::int64_t> since_ms,
                                                       std::optional<std::int64_t> until_ms) const;

  /// The URL by which recipients reach the server, as it was last told; empty: never.
  Result<std::string> GetEndpoint() const;
  Status SetEndpoint(std::string_view url) const;

 private:
  struct What {
    std::string_view action;
    std::string target;
    std::string detail = {};
  };
  /// Before the first check of what is asked for, so that refusals name it, too.
  What Noted(What what, std::int64_t version = 0) const;
  /// One write, with its line among the changes.
  Status Change(const What& what, const std::function<Status(rows::RowWriter&)>& body) const;
  std::int64_t Now() const { return options_.clock->NowMillis(); }

  rows::RowStore& store_;
  const AdminOptions& options_;
  const std::string actor_;
  ChangeRecord* const noted_;
};

}  // namespace sluice::catalog
