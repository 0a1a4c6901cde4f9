#include "storage/azure/blob_service.h"

#include <cstdlib>
#include <string_view>

#include "base/clock.h"
#include "storage/rest/xml.h"

namespace sluice::storage {
namespace {

/// Of the service's interface; every cloud has it.
constexpr std::string_view kServiceVersion = "2021-12-02";

/// The store takes dates that are wrong by a quarter of an hour.
constexpr std::int64_t kSkewMs = 60'000;

std::optional<std::int64_t> DateOf(const net::HttpResponse& answer) {
  const auto seconds = ParseHttpDate(answer.Get("date"));
  if (!seconds) return std::nullopt;
  return *seconds * 1000;
}

void AddSas(std::string_view sas, net::HttpRequest* request) {
  request->url += request->url.find('?') == std::string::npos ? '?' : '&';
  request->url += sas;
}

/// The first line: behind it come the request's id and time.
std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

BlobService::BlobService(AzureAccount account, AzureCredential credential, const Clock& clock)
    : account_(std::move(account)), credential_(std::move(credential)), clock_(clock) {}

std::int64_t BlobService::NowMillis() const {
  return clock_.NowMillis() + ahead_ms_;
}

Status BlobService::Authorize(net::HttpRequest* request) const {
  request->headers.emplace_back("x-ms-version", kServiceVersion);
  request->headers.emplace_back("x-ms-date", FormatHttpDate(NowMillis() / 1000));
  // A redirect would take the credential to a place that nobody named.
  request->follow_redirects = false;
  if (const auto* const key = std::get_if<AccountKey>(&credential_)) SignRequest(*key, request);
  if (const auto* const sas = std::get_if<GivenSas>(&credential_)) AddSas(sas->text, request);
  if (const auto* const vended = std::get_if<VendedSas>(&credential_)) {
    SLUICE_TRY(const auto sas, vended->texts->Get());
    AddSas(sas->value, request);
  }
  if (const auto* const tokens = std::get_if<AccessTokens>(&credential_)) {
    SLUICE_TRY(const auto token, (*tokens)->Get());
    request->headers.emplace_back("Authorization", "Bearer " + token->value);
  }
  return {};
}

Refusal BlobService::ReadRefusal(const net::HttpResponse& answer) const {
  Refusal out;
  out.code = std::string(answer.Get("x-ms-error-code"));
  if (const auto document = XmlDocument::Parse(answer.body, "Error")) {
    if (out.code.empty()) out.code = XmlText(document->root(), "Code");
    out.message = FirstLine(XmlText(document->root(), "Message"));
    const auto detail = XmlText(document->root(), "AuthenticationErrorDetail");
    if (!detail.empty()) out.message += " " + FirstLine(detail);
  }
  out.no_container = out.code == "ContainerNotFound" || out.code == "FilesystemNotFound";
  const bool unproved = answer.status == 401 || out.code == "AuthenticationFailed";
  if (std::holds_alternative<AccessTokens>(credential_) ||
      std::holds_alternative<VendedSas>(credential_)) {
    out.stale = unproved;
  }
  if (std::holds_alternative<AccountKey>(credential_) && unproved) {
    const auto date = DateOf(answer);
    out.stale = date && std::abs(*date - NowMillis()) > kSkewMs;
  }
  return out;
}

void BlobService::Learn(const net::HttpResponse& answer) const {
  if (const auto date = DateOf(answer)) {
    const std::int64_t ahead = *date - clock_.NowMillis();
    ahead_ms_ = std::abs(ahead) > kSkewMs ? ahead : 0;
  }
  if (const auto* const tokens = std::get_if<AccessTokens>(&credential_)) (*tokens)->Forget();
  if (const auto* const vended = std::get_if<VendedSas>(&credential_)) vended->texts->Forget();
}

}  // namespace sluice::storage
