#include "storage/azure/sas.h"

#include <array>
#include <initializer_list>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

/// Pinned: it says which fields are signed, in which order.
constexpr std::string_view kVersion = "2020-12-06";

std::string Lines(std::initializer_list<std::string_view> lines) {
  std::string out;
  for (const std::string_view line : lines) out.append(line).append("\n");
  return out;
}

std::string BeforeName(const SasKey& key, const SasGrant& grant, std::string_view expires,
                       std::string_view prefix) {
  std::string out = Lines({grant.permissions, /*start*/ "", expires});
  return out.append("/blob/").append(key.account).append("/").append(prefix);
}

std::string BehindName(const SasKey& key, const SasGrant& grant) {
  std::string out = "\n";
  if (key.delegation) {
    const DelegationFields& by = *key.delegation;
    out += Lines({by.object_id, by.tenant_id, by.start, by.expiry, by.service, by.version,
                  /*authorized user*/ "", /*unauthorized user*/ "", /*correlation*/ ""});
  } else {
    out += Lines({/*stored policy*/ ""});
  }
  const std::string resource(1, grant.resource);
  out += Lines({/*addresses*/ "", grant.https_only ? "https" : "", kVersion, resource,
                /*snapshot*/ "", /*encryption scope*/ "", /*cache control*/ "",
                /*disposition*/ "", /*encoding*/ "", /*language*/ ""});
  return out;  // The content type, which is empty, ends it without a line's end.
}

void AppendParameter(std::string_view name, std::string_view value, std::string* out) {
  if (!out->empty()) *out += '&';
  out->append(name).append("=");
  AppendPercentEncoded(value, false, out);
}

std::string Parameters(const SasKey& key, const SasGrant& grant, std::string_view expires) {
  std::string out;
  AppendParameter("sv", kVersion, &out);
  if (grant.https_only) AppendParameter("spr", "https", &out);
  AppendParameter("se", expires, &out);
  AppendParameter("sr", std::string(1, grant.resource), &out);
  AppendParameter("sp", grant.permissions, &out);
  if (grant.resource == 'd') AppendParameter("sdd", std::to_string(grant.depth), &out);
  if (key.delegation) {
    AppendParameter("skoid", key.delegation->object_id, &out);
    AppendParameter("sktid", key.delegation->tenant_id, &out);
    AppendParameter("skt", key.delegation->start, &out);
    AppendParameter("ske", key.delegation->expiry, &out);
    AppendParameter("sks", key.delegation->service, &out);
    AppendParameter("skv", key.delegation->version, &out);
  }
  return out + "&sig=";
}

}  // namespace

std::string SasTime(std::int64_t millis) {
  std::string out = FormatTimestamp(millis);
  return out.replace(out.find('.'), std::string::npos, "Z");
}

SasSigner::SasSigner(const SasKey& key, const SasGrant& grant, std::string_view prefix)
    : behind_name_(BehindName(key, grant)),
      parameters_(Parameters(key, grant, SasTime(grant.expires_at_ms))),
      signer_(key.key.After(BeforeName(key, grant, SasTime(grant.expires_at_ms), prefix))) {}

void SasSigner::Append(std::string_view name, std::string* out) const {
  std::string text;
  text.reserve(name.size() + behind_name_.size());
  text.append(name).append(behind_name_);
  out->append(parameters_);
  AppendPercentEncoded(Base64Encode(AsView(signer_.Sign(text))), false, out);
}

}  // namespace sluice::storage
