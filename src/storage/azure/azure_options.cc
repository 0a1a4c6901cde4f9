#include "storage/azure/azure_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/uri.h"
#include "storage/rest/option_reader.h"

namespace sluice::storage {
namespace {

constexpr std::pair<std::string_view, AzureCredentialKind> kCredentials[] = {
    {"default", AzureCredentialKind::kDefault},
    {"accountKey", AzureCredentialKind::kAccountKey},
    {"sas", AzureCredentialKind::kSas},
    {"clientSecret", AzureCredentialKind::kClientSecret},
    {"workloadIdentity", AzureCredentialKind::kWorkloadIdentity},
    {"managedIdentity", AzureCredentialKind::kManagedIdentity},
    {"azureCli", AzureCredentialKind::kAzureCli},
};

/// Calls `take(name, value)` for each piece of "name=value;name=value".
template <typename Take>
Status EachPair(std::string_view text, char separator, const Take& take) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return Fail(ErrorKind::kInvalidArgument, "it is not written name=value{}name=value",
                  separator);
    }
    SLUICE_RETURN_IF_ERROR(take(pair.substr(0, equals), pair.substr(equals + 1)));
  }
  return {};
}

AzureCredentialKind ReadCredential(OptionReader* reader) {
  const std::string name = reader->Text("credential", "default");
  const auto* const found = std::find_if(std::begin(kCredentials), std::end(kCredentials),
                                         [&](const auto& known) { return known.first == name; });
  if (found != std::end(kCredentials)) return found->second;
  std::string names;
  for (const auto& known : kCredentials)
    names += (names.empty() ? "" : ", ") + std::string(known.first);
  reader->Refuse({ErrorKind::kInvalidArgument, "credential is one of " + names});
  return AzureCredentialKind::kDefault;
}

void ReadSecrets(OptionReader* reader, AzureOptions* out) {
  const auto refuse = [&](std::string_view name, const Error& error) {
    reader->Refuse(error.At(name));
  };
  if (const std::string text = reader->Secret("accountKey"); !text.empty()) {
    auto key = DecodeAccountKey(text);
    if (!key) return refuse("accountKey", key.error());
    out->account_key = *std::move(key);
  }
  if (const std::string text = reader->Secret("sasToken"); !text.empty()) {
    auto sas = CheckSas(text);
    if (!sas) return refuse("sasToken", sas.error());
    out->sas = *std::move(sas);
  }
  const std::string text = reader->Secret("connectionString");
  if (text.empty()) return;
  auto connection = ParseConnectionString(text);
  if (!connection) return refuse("connectionString", connection.error());
  for (const auto& [name, said] :
       {std::pair("accountKey", !out->account_key.empty()),
        std::pair("sasToken", !out->sas.empty()), std::pair("account", !out->account.empty()),
        std::pair("endpoint", !out->endpoint.empty())}) {
    if (!said) continue;
    return refuse("connectionString", {ErrorKind::kInvalidArgument,
                                       fmt::format("leave it or {} out: it says that too", name)});
  }
  out->account = std::move(connection->account);
  out->account_key = std::move(connection->account_key);
  out->sas = std::move(connection->sas);
  out->endpoint = std::move(connection->endpoint);
}

/// One credential, and all that it needs.
Status CheckCredential(const AzureOptions& options) {
  using Kind = AzureCredentialKind;
  struct Need {
    Kind kind;
    bool given;
    std::string_view name;
  };
  const Need needs[] = {{Kind::kAccountKey, !options.account_key.empty(), "accountKey"},
                        {Kind::kSas, !options.sas.empty(), "sasToken"},
                        {Kind::kClientSecret, !options.client_secret.empty(), "clientSecret"}};
  std::string_view seen;
  for (const Need& need : needs) {
    if (options.credential == need.kind && !need.given) {
      return Fail(ErrorKind::kInvalidArgument, "credential '{0}' needs the option {0}", need.name);
    }
    if (!need.given) continue;
    if (options.credential != Kind::kDefault && options.credential != need.kind) {
      return Fail(ErrorKind::kInvalidArgument,
                  "{} is given, but credential or anonymous says to use another one", need.name);
    }
    if (!seen.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "{} and {} are both given; leave one out", seen,
                  need.name);
    }
    seen = need.name;
  }
  if (!options.client_secret.empty() && (options.tenant_id.empty() || options.client_id.empty())) {
    return Fail(ErrorKind::kInvalidArgument, "clientSecret needs tenantId and clientId too");
  }
  return {};
}

/// Recipients get a shared SAS as it is, so it must not let them write.
Status CheckSharing(const AzureOptions& options) {
  if (!options.share_sas) return {};
  if (options.sas.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "shareSas is true, but no sasToken is given");
  }
  const std::string may = SasParameter(options.sas, "sp");
  if (may.find('r') == std::string::npos || may.find_first_not_of("rle") != std::string::npos) {
    return Fail(ErrorKind::kInvalidArgument,
                "shareSas gives the SAS to recipients, so it must allow to read (r), and at most "
                "to list (l) beside that; this one has sp={}",
                Printable(may, 40));
  }
  return {};
}

}  // namespace

Result<std::string> DecodeAccountKey(std::string_view text) {
  auto key = Base64Decode(text);
  if (!key || key->empty()) {
    return Fail(ErrorKind::kInvalidArgument, "an account's key is Base64, as the portal shows it");
  }
  return key;
}

Result<std::string> CheckSas(std::string_view text) {
  if (text.starts_with('?')) text.remove_prefix(1);
  const bool clean = std::all_of(
      text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != '#' && c != '?'; });
  if (!clean || SasParameter(text, "sig").empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "a SAS is the query of a URL, such as sv=…&se=…&sp=rl&sig=…");
  }
  return std::string(text);
}

std::string SasParameter(std::string_view sas, std::string_view name) {
  std::string out;
  const auto read = EachPair(sas, '&', [&](std::string_view key, std::string_view value) -> Status {
    if (key != name) return {};
    SLUICE_TRY(out, PercentDecode(value));
    return {};
  });
  return read ? out : std::string();
}

Result<AzureConnection> ParseConnectionString(std::string_view text) {
  AzureConnection out;
  std::string protocol = "https";
  std::string suffix = "core.windows.net";
  SLUICE_RETURN_IF_ERROR(
      EachPair(text, ';', [&](std::string_view name, std::string_view value) -> Status {
        if (name == "AccountName") out.account = value;
        if (name == "DefaultEndpointsProtocol") protocol = value;
        if (name == "EndpointSuffix") suffix = value;
        if (name == "BlobEndpoint") out.endpoint = value;
        if (name == "AccountKey") {
          SLUICE_TRY(out.account_key, DecodeAccountKey(value));
        }
        if (name == "SharedAccessSignature") {
          SLUICE_TRY(out.sas, CheckSas(value));
        }
        if (name == "UseDevelopmentStorage") {
          return Fail(ErrorKind::kUnsupported,
                      "UseDevelopmentStorage is not understood; write AccountName, AccountKey and "
                      "BlobEndpoint");
        }
        return {};
      }));
  if (out.endpoint.empty() && out.account.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "it names neither AccountName nor BlobEndpoint");
  }
  if (out.account_key.empty() == out.sas.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "it must hold AccountKey or SharedAccessSignature, and not both");
  }
  if (out.endpoint.empty() && (protocol != "https" || suffix != "core.windows.net")) {
    out.endpoint = protocol + "://" + out.account + ".blob." + suffix;
  }
  while (out.endpoint.ends_with('/')) out.endpoint.pop_back();
  const auto uri = out.endpoint.empty() ? Uri{} : ParseUri(out.endpoint);
  if (!uri || (!out.endpoint.empty() && ((uri->scheme != "http" && uri->scheme != "https") ||
                                         uri->host.empty() || !uri->query.empty()))) {
    return Fail(ErrorKind::kInvalidArgument, "BlobEndpoint is no URL of a host");
  }
  if (out.account.empty()) out.account = uri->host.substr(0, uri->host.find('.'));
  return out;
}

Result<AzureOptions> ReadAzureOptions(const StoreOptions& options) {
  OptionReader reader(options);
  AzureOptions out;
  out.credential = ReadCredential(&reader);
  if (reader.Flag("anonymous").value_or(false)) {
    if (out.credential != AzureCredentialKind::kDefault) {
      reader.Refuse({ErrorKind::kInvalidArgument, "anonymous is true, but credential names one"});
    }
    out.credential = AzureCredentialKind::kAnonymous;
  }
  out.account = ToLower(reader.Text("account"));
  out.endpoint = reader.Url("endpoint");
  out.public_endpoint = reader.Url("publicEndpoint");
  out.endpoint_suffix = reader.Text("endpointSuffix", "core.windows.net");
  ReadSecrets(&reader, &out);
  out.tenant_id = reader.Text("tenantId");
  out.client_id = reader.Text("clientId");
  out.client_secret = reader.Secret("clientSecret");
  out.federated_token_file = reader.Text("federatedTokenFile");
  out.authority_host = reader.Url("authorityHost");
  out.share_sas = reader.Flag("shareSas").value_or(false);
  out.hierarchical = reader.Flag("hierarchical");
  out.ca_file = reader.Text("caFile");
  out.verify_tls = reader.Flag("verifyTls").value_or(true);
  SLUICE_RETURN_IF_ERROR(reader.Done());
  SLUICE_RETURN_IF_ERROR(CheckCredential(out));
  SLUICE_RETURN_IF_ERROR(CheckSharing(out));
  return out;
}

}  // namespace sluice::storage
