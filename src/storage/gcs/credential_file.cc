#include "storage/gcs/credential_file.h"

#include <boost/json/array.hpp>

#include "base/encoding.h"
#include "base/uri.h"
#include "json/answer.h"

namespace sluice::storage {
namespace {

using json::ObjectOf;
using json::ParseJsonObject;
using json::TextOf;

using boost::json::object;

constexpr std::string_view kTokenUrl = "https://oauth2.googleapis.com/token";
constexpr std::string_view kGenerate = ":generateAccessToken";

tl::unexpected<Error> Bad(std::string_view what) {
  return Fail(ErrorKind::kInvalidArgument, "{}", what);
}

Result<std::string> Member(const object& file, std::string_view name) {
  const std::string_view text = TextOf(file, name);
  if (text.empty()) return Bad(fmt::format("'{}' is missing", name));
  return std::string(text);
}

Result<std::string> UrlMember(const object& file, std::string_view name,
                              std::string_view otherwise = {}) {
  std::string_view text = TextOf(file, name);
  if (text.empty()) text = otherwise;
  const auto uri = ParseUri(text);
  if (!uri || (uri->scheme != "https" && uri->scheme != "http") || uri->host.empty()) {
    return Bad(fmt::format("'{}' is no URL", name));
  }
  return std::string(text);
}

Result<CredentialSource> ReadServiceAccount(const object& file) {
  ServiceAccountKey out;
  SLUICE_TRY(out.email, Member(file, "client_email"));
  SLUICE_TRY(out.token_url, UrlMember(file, "token_uri", kTokenUrl));
  out.key_id = TextOf(file, "private_key_id");
  SLUICE_TRY(const auto pem, Member(file, "private_key"));
  auto key = oauth::SigningKey::FromPem(pem);
  if (!key) return Fail(key.error().At("'private_key'"));
  out.key = *std::move(key);
  return out;
}

Result<CredentialSource> ReadUser(const object& file) {
  UserCredential out;
  SLUICE_TRY(out.client_id, Member(file, "client_id"));
  SLUICE_TRY(out.client_secret, Member(file, "client_secret"));
  SLUICE_TRY(out.refresh_token, Member(file, "refresh_token"));
  SLUICE_TRY(out.token_url, UrlMember(file, "token_uri", kTokenUrl));
  return out;
}

Result<CredentialSource> ReadExternal(const object& file) {
  ExternalAccount out;
  SLUICE_TRY(out.audience, Member(file, "audience"));
  SLUICE_TRY(out.subject_token_type, Member(file, "subject_token_type"));
  SLUICE_TRY(out.token_url, UrlMember(file, "token_url"));
  const auto* const source = ObjectOf(file, "credential_source");
  if (source == nullptr) return Bad("'credential_source' is missing");
  out.file = TextOf(*source, "file");
  if (out.file.empty()) {
    return Fail(ErrorKind::kUnsupported,
                "'credential_source' is not a file; tokens from a URL, a program, a certificate or "
                "AWS are not read");
  }
  if (const auto* const format = ObjectOf(*source, "format"); format != nullptr) {
    const std::string_view type = TextOf(*format, "type");
    if (type == "json") {
      SLUICE_TRY(out.json_field, Member(*format, "subject_token_field_name"));
    } else if (!type.empty() && type != "text") {
      return Bad("the format of 'credential_source' is text or json");
    }
  }
  return out;
}

/// https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken
Status ReadActsAs(const object& file, CredentialFile* out) {
  constexpr std::string_view kName = "service_account_impersonation_url";
  SLUICE_TRY(auto url, UrlMember(file, kName));
  if (!url.ends_with(kGenerate) || url.find("/serviceAccounts/") == std::string::npos) {
    return Bad(fmt::format("'{}' does not end in /serviceAccounts/EMAIL{}", kName, kGenerate));
  }
  url.resize(url.size() - kGenerate.size());
  out->acts_as_url = std::move(url);
  const auto* const delegates = file.if_contains("delegates");
  if (delegates == nullptr || delegates->is_null()) return {};
  if (!delegates->is_array()) return Bad("'delegates' is no list");
  for (const auto& delegate : delegates->get_array()) {
    if (!delegate.is_string()) return Bad("'delegates' is no list of texts");
    out->delegates.emplace_back(delegate.get_string());
  }
  return {};
}

Result<CredentialSource> ReadSource(const object& file) {
  const std::string_view type = TextOf(file, "type");
  if (type == "service_account") return ReadServiceAccount(file);
  if (type == "authorized_user") return ReadUser(file);
  if (type == "external_account") return ReadExternal(file);
  if (type.empty()) return Bad("'type' is missing; this is no credential file of Google Cloud");
  return Fail(ErrorKind::kUnsupported,
              "credentials of type '{}' are not read; service_account, authorized_user, "
              "external_account and impersonated_service_account are",
              Printable(type, 64));
}

}  // namespace

Result<CredentialFile> ParseCredentialFile(std::string_view json) {
  const auto file = ParseJsonObject(json);
  if (!file) return Bad(file.error().message);
  CredentialFile out;
  const object* source = &*file;
  if (TextOf(*file, "type") == "impersonated_service_account") {
    source = ObjectOf(*file, "source_credentials");
    if (source == nullptr) return Bad("'source_credentials' is missing");
    SLUICE_RETURN_IF_ERROR(ReadActsAs(*file, &out));
  } else if (!TextOf(*file, "service_account_impersonation_url").empty()) {
    SLUICE_RETURN_IF_ERROR(ReadActsAs(*file, &out));
  }
  SLUICE_TRY(out.source, ReadSource(*source));
  return out;
}

}  // namespace sluice::storage
