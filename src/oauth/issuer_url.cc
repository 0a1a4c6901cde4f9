#include "oauth/issuer_url.h"

#include "base/loopback.h"
#include "base/uri.h"

namespace sluice::oauth {
namespace {

int PortOf(const Uri& uri) {
  if (uri.port >= 0) return uri.port;
  return uri.scheme == "https" ? 443 : 80;
}

}  // namespace

Status CheckIssuerUrl(std::string_view url) {
  const auto uri = ParseUri(url);
  if (!uri) return Fail(ErrorKind::kInvalidArgument, "{}", uri.error().message);
  const bool reached =
      uri->scheme == "https" || (uri->scheme == "http" && IsLoopbackHost(uri->host));
  if (!reached || uri->host.empty() || url.find_first_of("?#") != std::string_view::npos) {
    return Fail(ErrorKind::kInvalidArgument,
                "must be a URL such as https://login.example.com; http is for loopback alone");
  }
  return {};
}

bool SameOrigin(std::string_view a, std::string_view b) {
  const auto one = ParseUri(a);
  const auto other = ParseUri(b);
  return one && other && one->scheme == other->scheme && one->host == other->host &&
         PortOf(*one) == PortOf(*other);
}

}  // namespace sluice::oauth
