// Stores that are read with credentials which somebody else gives: see Surroundings::vended.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/renewing.h"
#include "storage/ports.h"

namespace sluice::storage {

/// kInvalidArgument for the first of `own`, options of the store's own credentials, that is given.
Status CheckOnlyVended(const StoreOptions& options, std::initializer_list<std::string_view> own);

/// New credentials of one kind. Errors: those of the vendor, kMalformed for another kind.
Result<TemporaryCredentials> Vend(const CredentialVendor& vendor, StoreKind kind);

/// A field of them. Errors: kMalformed where it is missing.
Result<std::string> FieldOf(const TemporaryCredentials& credentials, const std::string& name);

/// The same for credentials that are one text.
Renewing<std::string>::Fetch VendedText(std::shared_ptr<const CredentialVendor> vendor,
                                        StoreKind kind, std::string field);

/// How a store is reached from `here`, with what its own options add. A request with its retries
/// takes a minute at most, unless `here` has another limit.
net::HttpOptions ReachedFrom(const Surroundings& here, const std::string& ca_file, bool verify_tls);

}  // namespace sluice::storage
