// What operations do, one function each. Their parameters have been checked. Not part of this
// folder's interface.
#pragma once

#include "server/admin/operations.h"

namespace sluice::admin {

using Answer = Result<boost::json::object>;

// handle_shares.cc
Answer ListShares(const OperationCall& call);
Answer CreateShare(const OperationCall& call);
Answer GetShare(const OperationCall& call);
Answer AlterShare(const OperationCall& call);
Answer DropShare(const OperationCall& call);
Answer AddTable(const OperationCall& call);
Answer AddFolder(const OperationCall& call);
Answer AlterSchema(const OperationCall& call);
Answer AlterTable(const OperationCall& call);
Answer RemoveSchema(const OperationCall& call);
Answer RemoveTable(const OperationCall& call);
Answer ListChanges(const OperationCall& call);
// handle_recipients.cc
Answer ListRecipients(const OperationCall& call);
Answer CreateRecipient(const OperationCall& call);
Answer GetRecipient(const OperationCall& call);
Answer AlterRecipient(const OperationCall& call);
Answer DropRecipient(const OperationCall& call);
Answer ListGrants(const OperationCall& call);
Answer AddGrant(const OperationCall& call);
Answer RemoveGrant(const OperationCall& call);
// handle_identities.cc
Answer AddIdentity(const OperationCall& call);
Answer RemoveIdentity(const OperationCall& call);
// handle_tokens.cc
Answer IssueToken(const OperationCall& call);
Answer RotateTokens(const OperationCall& call);
Answer RevokeTokens(const OperationCall& call);
Answer RevokeToken(const OperationCall& call);
Answer MakeLink(const OperationCall& call);
Answer ListAdmins(const OperationCall& call);
Answer CreateAdmin(const OperationCall& call);
Answer DropAdmin(const OperationCall& call);

/// The terms that a call gives; without an issuer, none.
std::optional<catalog::IdentityTerms> IdentityOf(const OperationCall& call);
boost::json::object IdentityObject(const catalog::IdentityRecord& identity);

// Parameters; those that are absent are empty.
std::string TextOf(const OperationCall& call, std::string_view name);
std::optional<std::int64_t> NumberOf(const OperationCall& call, std::string_view name);
std::vector<std::string> TextsOf(const OperationCall& call, std::string_view name);
std::map<std::string, std::string> MapOf(const OperationCall& call, std::string_view name);
/// Of a field in seconds.
catalog::Lifetime LifetimeOf(const OperationCall& call, std::string_view name);

// Members of answers; what is empty is left out.
void PutText(std::string_view name, const std::string& text, boost::json::object* out);
void PutTime(std::string_view name, std::optional<std::int64_t> millis, boost::json::object* out);
void PutTexts(std::string_view name, const std::vector<std::string>& texts,
              boost::json::object* out);
void PutMap(std::string_view name, const std::map<std::string, std::string>& map,
            boost::json::object* out);
Answer Done(const Status& status);

}  // namespace sluice::admin
