#include "storage/azure/account.h"

#include <algorithm>
#include <array>

#include "base/loopback.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

constexpr std::string_view kBlob = ".blob.";
constexpr std::string_view kDfs = ".dfs.";

/// Of the public cloud, of those of states, and of accounts in zones and in Fabric.
constexpr std::string_view kCloudSuffixes[] = {"core.windows.net",       "core.chinacloudapi.cn",
                                               "core.usgovcloudapi.net", "core.cloudapi.de",
                                               "storage.azure.net",      "fabric.microsoft.com"};

bool IsUnder(std::string_view host, std::string_view suffix) {
  return !suffix.empty() && host.size() > suffix.size() && host.ends_with(suffix) &&
         host[host.size() - suffix.size() - 1] == '.';
}

bool IsCloudHost(std::string_view host, std::string_view suffix) {
  host = host.substr(0, host.find(':'));
  return IsUnder(host, suffix) ||
         std::any_of(std::begin(kCloudSuffixes), std::end(kCloudSuffixes),
                     [&](std::string_view known) { return IsUnder(host, known); });
}

std::string WithKind(std::string host, std::string_view from, std::string_view to) {
  if (const auto at = host.find(from); at != std::string::npos) host.replace(at, from.size(), to);
  return host;
}

}  // namespace

Result<AzureAccount> AccountOf(const Location& location, const AzureOptions& options) {
  if (!location.account.empty() && !options.account.empty() &&
      location.account != options.account) {
    return Fail(ErrorKind::kInvalidArgument,
                "{} is in another account than the options are for, '{}'", location.Text(),
                options.account);
  }
  AzureAccount out;
  out.name = location.account.empty() ? options.account : location.account;
  // The name becomes a part of the host and of what is signed.
  const bool plain = std::all_of(out.name.begin(), out.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (out.name.empty() || !plain) {
    return Fail(ErrorKind::kInvalidArgument, "{}: {}", location.Text(),
                plain ? "no account is named; give the option account, or write "
                        "abfss://container@account.dfs.core.windows.net/folder"
                      : "the account's name is not of small letters and digits");
  }
  if (!options.endpoint.empty()) {
    out.url = options.endpoint;
  } else if (!location.host.empty()) {
    if (!IsCloudHost(location.host, options.endpoint_suffix)) {
      return Fail(
          ErrorKind::kInvalidArgument,
          "'{}' is no storage host of an Azure cloud; if it is right, name it in the option "
          "endpoint",
          location.host);
    }
    out.url = "https://" + WithKind(location.host, kDfs, kBlob);
  } else {
    out.url = "https://" + out.name + ".blob." + options.endpoint_suffix;
  }
  return out;
}

bool TakesTokens(const AzureAccount& account) {
  const auto uri = ParseUri(account.url);
  return uri && (account.IsHttps() || IsLoopbackHost(uri->host));
}

std::string DfsHost(const AzureAccount& account) {
  const auto uri = ParseUri(account.url);
  if (!uri || uri->host.find(kBlob) == std::string::npos) return {};
  return WithKind(account.url.substr(account.url.find("//") + 2), kBlob, kDfs);
}

}  // namespace sluice::storage
