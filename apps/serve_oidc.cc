#include "serve_oidc.h"

#include <fstream>
#include <utility>

#include "auth/oidc/configured_identities.h"
#include "auth/oidc/oidc_verifier.h"
#include "serve_provider.h"

namespace sluice::apps {
namespace {

auth::OidcIssuer MakeIssuer(const config::OidcIssuerConfig& from, auth::IssuerKeyring& keyring) {
  auth::OidcIssuer out;
  out.rules.issuer = from.issuer;
  out.rules.audiences = from.audiences;
  out.rules.algorithms = from.algorithms;
  out.rules.clock_skew_ms = from.clock_skew_seconds * 1000;
  out.rules.subject_claim = from.subject_claim;
  out.keys = keyring.Get({from.issuer, from.jwks_uri, from.ca_file});
  return out;
}

auth::IdentityRule MakeRule(const std::string& issuer, const config::OidcRecipientConfig& from) {
  auth::IdentityRule out;
  out.terms = {issuer, from.subject, from.claims, from.claim_properties};
  out.recipient = RecipientOf(from.access);
  return out;
}

}  // namespace

Status CheckIssuers(const config::Config& config) {
  for (const auto& issuer : config.issuers) {
    if (issuer.ca_file.empty() || std::ifstream(issuer.ca_file)) continue;
    return Fail(ErrorKind::kInvalidArgument, "cannot read the caFile '{}' of the issuer {}",
                issuer.ca_file, issuer.issuer);
  }
  return {};
}

Result<std::shared_ptr<const auth::TokenVerifier>> MakeTokenVerifier(
    const config::Config& config, auth::IssuerKeyring& keyring,
    std::shared_ptr<const catalog::IdentityMap> more) {
  if (config.issuers.empty()) return nullptr;
  SLUICE_RETURN_IF_ERROR(CheckIssuers(config));
  auth::OidcOptions options;
  std::vector<auth::IdentityRule> rules;
  for (const auto& issuer : config.issuers) {
    options.issuers.push_back(MakeIssuer(issuer, keyring));
    for (const auto& recipient : issuer.recipients) {
      rules.push_back(MakeRule(issuer.issuer, recipient));
    }
  }
  options.identities.push_back(std::make_shared<auth::ConfiguredIdentities>(std::move(rules)));
  if (more != nullptr) options.identities.push_back(std::move(more));
  return std::make_shared<const auth::OidcVerifier>(std::move(options));
}

}  // namespace sluice::apps
