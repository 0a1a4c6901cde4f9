// The issuers of a configuration whose tokens `sluice serve` takes.
#pragma once

#include <memory>

#include "auth/oidc/issuer_keyring.h"
#include "auth/token_verifier.h"
#include "catalog/identity_map.h"
#include "server/config/config.h"

namespace sluice::apps {

/// Whether the files of authorities can be read. Errors: kInvalidArgument naming one that cannot.
Status CheckIssuers(const config::Config& config);

/// Null where no issuer is configured. The keys are those of `keyring`, which outlives it, fetched
/// from now on if they were not before. `more` may be null; it is asked about those whom the
/// configuration does not know.
/// Errors: as CheckIssuers.
Result<std::shared_ptr<const auth::TokenVerifier>> MakeTokenVerifier(
    const config::Config& config, auth::IssuerKeyring& keyring,
    std::shared_ptr<const catalog::IdentityMap> more = nullptr);

}  // namespace sluice::apps
