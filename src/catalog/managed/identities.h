// Rows of identities. Not part of this folder's interface.
#pragma once

#include "catalog/identity_map.h"
#include "catalog/managed/records.h"

namespace sluice::catalog {

IdentityTerms TermsOf(const IdentityRow& row);
/// `recipient` is its key.
IdentityRow RowOf(const IdentityTerms& terms, const std::string& recipient, std::int64_t now_ms);
/// For the line of the change.
std::string DetailOf(const IdentityRow& row);
/// Errors: kAlreadyExists when the terms are somebody's already; those of the writer.
Status InsertIdentity(rows::RowWriter& writer, const IdentityRow& row);

}  // namespace sluice::catalog
