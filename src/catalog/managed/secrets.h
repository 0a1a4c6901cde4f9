// Making and recognizing secrets. Not part of this folder's interface.
#pragma once

#include "catalog/managed/admin.h"
#include "catalog/managed/records.h"

namespace sluice::catalog {

Secret MakeSecret(std::int64_t now_ms, Lifetime lifetime_ms);

/// What is kept of a secret: SHA-256 in hex digits.
std::string DigestOf(std::string_view secret);

/// A row for a token of the recipient with this key.
TokenRow TokenRowOf(const Secret& secret, const std::string& recipient, std::int64_t now_ms);

}  // namespace sluice::catalog
