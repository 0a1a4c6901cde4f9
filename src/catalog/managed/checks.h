// Bounds of what an admin says. Not part of this folder's interface. Errors: kInvalidArgument.
#pragma once

#include "catalog/managed/admin.h"

namespace sluice::catalog {

/// A name as of shares.
Status CheckRecipientName(std::string_view name);
/// `what` names the text: UTF-8 of one line, at most `max_bytes`.
Status CheckText(std::string_view what, std::string_view text, std::size_t max_bytes);
Status CheckComment(std::string_view comment);
/// "192.0.2.0/24", "2001:db8::/32", or a single address.
Status CheckNetwork(std::string_view network);
Status CheckRecipient(const RecipientRecord& recipient);
/// Its issuer and claims; at least one of subject and claims is there.
Status CheckIdentity(const IdentityTerms& terms, const AdminOptions& options);
Status CheckLifetime(Lifetime lifetime_ms);
Status CheckProperties(const std::map<std::string, std::string>& properties);
/// Its patterns and filter.
Status CheckFolder(const SharedFolder& folder, const AdminOptions& options);
/// Its names, patterns, location and filter.
Status CheckTable(const TableRecord& table, const AdminOptions& options);

}  // namespace sluice::catalog
