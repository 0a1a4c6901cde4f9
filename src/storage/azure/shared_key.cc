#include "storage/azure/shared_key.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

/// Signed with their values alone, in this order, Content-Length and Range apart.
constexpr std::string_view kPlainHeaders[] = {"content-encoding",
                                              "content-language",
                                              "content-length",
                                              "content-md5",
                                              "content-type",
                                              "date",
                                              "if-modified-since",
                                              "if-match",
                                              "if-none-match",
                                              "if-unmodified-since",
                                              "range"};

std::string ValueOf(const net::HttpRequest& request, std::string_view name) {
  if (name == "content-length") {
    return request.body.empty() ? "" : std::to_string(request.body.size());
  }
  if (name == "range" && request.range) {
    return fmt::format("bytes={}-{}", request.range->first, request.range->second);
  }
  for (const auto& [key, value] : request.headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

/// The parameters by name, values decoded.
std::map<std::string, std::string> Parameters(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto value = PercentDecode(pair.substr(std::min(equals + 1, pair.size())));
    out.emplace(ToLower(pair.substr(0, equals)), value ? *std::move(value) : std::string());
  }
  return out;
}

}  // namespace

std::string SharedKeyText(const net::HttpRequest& request, std::string_view account) {
  std::string out = request.method;
  for (const std::string_view name : kPlainHeaders) out.append("\n").append(ValueOf(request, name));
  out += '\n';
  std::map<std::string, std::string_view> own;
  for (const auto& [name, value] : request.headers) {
    std::string lower = ToLower(name);
    if (lower.starts_with("x-ms-")) own.emplace(std::move(lower), Trim(value));
  }
  for (const auto& [name, value] : own) out.append(name).append(":").append(value).append("\n");
  // An URL that is none is refused when it is sent.
  const auto uri = ParseUri(request.url);
  out.append("/").append(account);
  if (!uri) return out;
  out.append(uri->path);
  for (const auto& [name, value] : Parameters(uri->query)) {
    out.append("\n").append(name).append(":").append(value);
  }
  return out;
}

void SignRequest(const AccountKey& key, net::HttpRequest* request) {
  const auto signature = key.key.Sign(SharedKeyText(*request, key.account));
  request->headers.emplace_back("Authorization",
                                "SharedKey " + key.account + ":" + Base64Encode(AsView(signature)));
}

}  // namespace sluice::storage
