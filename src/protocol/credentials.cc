#include "protocol/credentials.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "base/ascii.h"
#include "protocol/json_fields.h"

namespace sluice::protocol {
namespace {

constexpr ErrorKind kKind = ErrorKind::kMalformed;
constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxFieldBytes = std::size_t{64} << 10;

struct Kind {
  std::string_view name;
  std::initializer_list<std::string_view> fields;
  std::initializer_list<std::string_view> schemes;  ///< Of the locations that they open.
};

Status ReadFields(const JsonFields& fields, const Kind& kind, TemporaryCredentials* out) {
  for (const std::string_view name : kind.fields) {
    SLUICE_TRY(const auto value, fields.String(name));
    if (value.empty() || value.size() > kMaxFieldBytes) {
      return Fail(kKind, "field '{}' is {}", name, value.empty() ? "empty" : "too long");
    }
    out->fields.emplace(name, value);
  }
  out->kind = kind.name;
  const std::string_view location = out->location;
  const std::size_t end = location.find("://");
  const std::string scheme = ToLower(location.substr(0, end));
  if (end == std::string_view::npos ||
      std::find(kind.schemes.begin(), kind.schemes.end(), scheme) == kind.schemes.end()) {
    return Fail(kKind, "field 'location' is in no store that '{}' opens", kind.name);
  }
  return {};
}

Result<TemporaryCredentials> Read(const JsonFields& answer) {
  const Kind kinds[] = {
      {"awsTempCredentials",
       {"accessKeyId", "secretAccessKey", "sessionToken"},
       {"s3", "s3a", "s3n"}},
      {"azureUserDelegationSas", {"sasToken"}, {"abfss", "abfs", "wasbs", "wasb", "az", "azure"}},
      {"gcpOauthToken", {"oauthToken"}, {"gs", "gcs"}},
  };
  SLUICE_TRY(const JsonFields outer, answer.Object("credentials"));
  TemporaryCredentials out;
  SLUICE_TRY(out.location, outer.String("location"));
  SLUICE_TRY(out.expiration_ms, outer.Int("expirationTime"));
  if (out.expiration_ms <= 0) return Fail(kKind, "field 'expirationTime' is out of range");
  for (const Kind& kind : kinds) {
    SLUICE_TRY(const auto fields, outer.OptionalObject(kind.name));
    if (!fields) continue;
    if (!out.kind.empty()) {
      return Fail(kKind, "fields '{}' and '{}' are both there", out.kind, kind.name);
    }
    SLUICE_RETURN_IF_ERROR(ReadFields(*fields, kind, &out));
  }
  if (!out.kind.empty()) return out;
  return Fail(kKind, "none of the fields '{}', '{}' and '{}' is there", kinds[0].name,
              kinds[1].name, kinds[2].name);
}

}  // namespace

Result<TemporaryCredentials> ParseCredentials(std::string_view body) {
  if (body.size() > kMaxBodyBytes) {
    return Fail(ErrorKind::kTooLarge, "credentials of {} bytes", body.size());
  }
  JsonParser parser;
  auto object = parser.ParseObject(body);
  if (!object) return Fail(object.error().At("credentials"));
  auto read = Read(JsonFields(*object, kKind));
  if (!read) return Fail(read.error().At("credentials"));
  return read;
}

}  // namespace sluice::protocol
