// Section `authorization.oidc`.
#include <algorithm>

#include "base/encoding.h"
#include "oauth/issuer_url.h"
#include "oauth/signature_algorithm.h"
#include "server/config/sections.h"

namespace sluice::config {
namespace {

constexpr std::int64_t kMaxSkewSeconds = 600;
constexpr std::size_t kMaxIssuers = 32;
constexpr std::size_t kMaxShown = 64;

Status ReadUrl(const YamlValue& value, std::string* out) {
  SLUICE_TRY(*out, value.NonEmptyText());
  const auto url = oauth::CheckIssuerUrl(*out);
  if (!url) return value.Refuse(url.error().message);
  return {};
}

std::function<Status(const YamlValue&)> IntoNonEmpty(std::string* out) {
  return [out](const YamlValue& value) -> Status {
    SLUICE_TRY(*out, value.NonEmptyText());
    return {};
  };
}

Status ReadTexts(const YamlValue& value, std::vector<std::string>* out) {
  return value.ReadList([out](const YamlValue& item) -> Status {
    SLUICE_TRY(out->emplace_back(), item.NonEmptyText());
    return {};
  });
}

Status ReadAlgorithm(const YamlValue& value, std::vector<std::string>* out) {
  SLUICE_TRY(std::string name, value.NonEmptyText());
  if (oauth::FindSignatureAlgorithm(name) == nullptr) {
    return value.Refuse(fmt::format("must be one of {}", oauth::kSignatureAlgorithms));
  }
  out->push_back(std::move(name));
  return {};
}

Status ReadClaims(const YamlValue& value, OidcRecipientConfig* out) {
  return value.ReadEntries([out](const YamlEntry& entry) -> Status {
    auto& values = out->claims[entry.name];
    if (entry.value.IsList()) return ReadTexts(entry.value, &values);
    SLUICE_TRY(values.emplace_back(), entry.value.NonEmptyText());
    return {};
  });
}

Status ReadClaimProperties(const YamlValue& value, OidcRecipientConfig* out) {
  return value.ReadEntries([out](const YamlEntry& entry) -> Status {
    SLUICE_TRY(out->claim_properties[entry.name], entry.value.NonEmptyText());
    return {};
  });
}

Status CheckRecipient(const YamlValue& value, const OidcRecipientConfig& recipient,
                      const OidcIssuerConfig& issuer) {
  if (recipient.subject.empty() && recipient.claims.empty()) {
    return value.Refuse("give the subject, or claims, that a token must have");
  }
  for (const auto& [claim, values] : recipient.claims) {
    if (!values.empty()) continue;
    return value.Refuse(
        fmt::format("the claim '{}' has no value that would do", Printable(claim, kMaxShown)));
  }
  for (const auto& other : issuer.recipients) {
    if (other.subject != recipient.subject || other.claims != recipient.claims) continue;
    return value.Refuse(fmt::format("the same tokens are those of '{}' already",
                                    Printable(other.access.name, kMaxShown)));
  }
  return {};
}

Status ReadRecipient(const YamlValue& value, OidcIssuerConfig* issuer, Authorization* all) {
  OidcRecipientConfig out;
  std::vector<YamlField> fields = AccessFields(&out.access, &all->mentions);
  fields.push_back({"subject", IntoNonEmpty(&out.subject)});
  fields.push_back({"claims", [&](const YamlValue& v) { return ReadClaims(v, &out); }});
  fields.push_back(
      {"claimProperties", [&](const YamlValue& v) { return ReadClaimProperties(v, &out); }});
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  SLUICE_RETURN_IF_ERROR(CheckRecipient(value, out, *issuer));
  // Recipients of one name would share what is theirs alone, such as page tokens.
  SLUICE_RETURN_IF_ERROR(CheckNewName(value, out.access.name, *all));
  for (const auto& other : issuer->recipients) {
    if (other.access.name != out.access.name) continue;
    return value.Refuse(fmt::format("the name '{}' is there twice", out.access.name));
  }
  issuer->recipients.push_back(std::move(out));
  return {};
}

}  // namespace

Status ReadIssuer(const YamlValue& value, Authorization* out) {
  OidcIssuerConfig issuer;
  const auto read_algorithm = [&](const YamlValue& v) {
    return ReadAlgorithm(v, &issuer.algorithms);
  };
  const auto read_recipient = [&](const YamlValue& v) { return ReadRecipient(v, &issuer, out); };
  const YamlField fields[] = {
      {"issuer", [&](const YamlValue& v) { return ReadUrl(v, &issuer.issuer); }, true},
      {"audiences", [&](const YamlValue& v) { return ReadTexts(v, &issuer.audiences); }, true},
      {"jwksUri", [&](const YamlValue& v) { return ReadUrl(v, &issuer.jwks_uri); }},
      {"algorithms", [&](const YamlValue& v) { return v.ReadList(read_algorithm); }},
      {"clockSkewSeconds", Into(&issuer.clock_skew_seconds, 0, kMaxSkewSeconds)},
      {"subjectClaim", IntoNonEmpty(&issuer.subject_claim)},
      {"caFile", Into(&issuer.ca_file)},
      {"recipients", [&](const YamlValue& v) { return v.ReadList(read_recipient); }},
  };
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (issuer.audiences.empty()) return value.Refuse("name at least one of 'audiences'");
  if (issuer.algorithms.empty()) issuer.algorithms = {"RS256", "ES256"};
  for (const auto& other : out->issuers) {
    if (other.issuer == issuer.issuer) return value.Refuse("this issuer is there twice");
  }
  if (out->issuers.size() == kMaxIssuers) {
    return value.Refuse(fmt::format("more than {} issuers", kMaxIssuers));
  }
  out->issuers.push_back(std::move(issuer));
  return {};
}

}  // namespace sluice::config
