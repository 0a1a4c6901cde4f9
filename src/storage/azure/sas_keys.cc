#include "storage/azure/sas_keys.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "storage/rest/xml.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kHour = 3'600'000;
/// The store gives seven days at most, counted by its own clock.
constexpr std::int64_t kKeyLifeMs = (7 * 24 - 1) * kHour;
/// So a URL may always live for three days.
constexpr std::int64_t kRenewAheadMs = kKeyLifeMs / 2;
/// Before now, for clocks that differ.
constexpr std::int64_t kStartEarlierMs = kHour / 4;

Result<Expiring<SasKey>> AskDelegationKey(const BlobService& service, const RestClient& client) {
  const std::int64_t now = service.NowMillis();
  net::HttpRequest request;
  request.method = "POST";
  request.url = service.account().url + "/?restype=service&comp=userdelegationkey";
  request.headers = {{"Content-Type", "application/xml"}};
  request.max_body_bytes = 1 << 20;
  request.body = fmt::format(
      R"(<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>{}</Start><Expiry>{}</Expiry></KeyInfo>)",
      SasTime(now - kStartEarlierMs), SasTime(now + kKeyLifeMs));
  constexpr std::string_view kWhat = "asking for a user delegation key";
  const auto answer = client.Send(request, "");
  if (!answer) return Fail(answer.error().At(kWhat));
  auto key = ReadDelegationKey(service.account().name, answer->body);
  if (!key) return Fail(key.error().At(kWhat));
  return key;
}

Renewing<SasKey>::Fetch Fetch(std::shared_ptr<const BlobService> service,
                              std::shared_ptr<const RestClient> client) {
  return [service = std::move(service), client = std::move(client)]() -> Result<Expiring<SasKey>> {
    if (const auto* const own = std::get_if<AccountKey>(&service->credential())) {
      return Expiring<SasKey>{SasKey{own->account, own->key, std::nullopt}, kNever};
    }
    if (std::holds_alternative<AccessTokens>(service->credential())) {
      return AskDelegationKey(*service, *client);
    }
    return Fail(
        ErrorKind::kUnsupported,
        "the account '{}' is read with {}, which cannot sign for others; that takes the "
        "account's key or an identity of Entra ID",
        service->account().name,
        std::holds_alternative<GivenSas>(service->credential()) ? "a given SAS" : "no credential");
  };
}

}  // namespace

Result<Expiring<SasKey>> ReadDelegationKey(std::string_view account, std::string_view body) {
  SLUICE_TRY(const auto document, XmlDocument::Parse(body, "UserDelegationKey"));
  DelegationFields fields;
  for (const auto& [name, field] :
       {std::pair("SignedOid", &fields.object_id), std::pair("SignedTid", &fields.tenant_id),
        std::pair("SignedStart", &fields.start), std::pair("SignedExpiry", &fields.expiry),
        std::pair("SignedService", &fields.service), std::pair("SignedVersion", &fields.version)}) {
    *field = XmlText(document.root(), name);
    // Each becomes a line of what is signed.
    if (field->empty() || field->find_first_of("\r\n") != std::string::npos) {
      return Fail(ErrorKind::kCorrupt, "the key's {} is missing", name);
    }
  }
  const auto value = Base64Decode(XmlText(document.root(), "Value"));
  const auto end = ParseTimestamp(fields.expiry);
  if (!value || value->empty() || !end) {
    return Fail(ErrorKind::kCorrupt, "the key's {} is no such thing",
                end ? "Value" : "SignedExpiry");
  }
  return Expiring<SasKey>{SasKey{std::string(account), HmacKey(*value), std::move(fields)}, *end};
}

SasKeys::SasKeys(std::shared_ptr<const BlobService> service,
                 std::shared_ptr<const RestClient> client)
    : keys_(Fetch(service, std::move(client)), service->clock(), kRenewAheadMs) {}

}  // namespace sluice::storage
