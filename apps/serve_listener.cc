#include "serve_listener.h"

#include <fstream>

#include "server/http/tls.h"

namespace sluice::apps {
namespace {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

Result<TlsContext> OpenTls(const config::Config& config, TlsContext before) {
  if (!config.tls) return nullptr;
  if (config.tls->self_signed) {
    if (before != nullptr) return before;
    return http::MakeSelfSignedContext(config.host);
  }
  http::TlsFiles files{config.tls->certificate_file, config.tls->certificate_key_file, "",
                       config.tls->client_ca_file, config.tls->require_client_certificate};
  if (!config.tls->certificate_password_file.empty()) {
    std::ifstream file(config.tls->certificate_password_file);
    if (!std::getline(file, files.key_password)) {
      return Fail(ErrorKind::kInvalidArgument, "cannot read the password file '{}'",
                  config.tls->certificate_password_file);
    }
  }
  return http::MakeTlsContext(files);
}

http::Limits LimitsOf(const config::Config& config) {
  using std::chrono::seconds;
  const config::LimitsConfig& from = config.limits;
  http::Limits limits;
  limits.max_connections = static_cast<int>(from.max_connections);
  limits.max_header_bytes = from.max_header_bytes;
  limits.max_body_bytes = from.max_body_bytes;
  limits.max_buffered_bytes = from.max_buffered_bytes;
  limits.handshake_timeout = seconds(from.handshake_timeout_seconds);
  limits.header_timeout = seconds(from.header_timeout_seconds);
  limits.body_timeout = seconds(from.body_timeout_seconds);
  limits.idle_timeout = seconds(from.idle_timeout_seconds);
  limits.write_stall_timeout = seconds(from.write_stall_timeout_seconds);
  limits.request_timeout = seconds(config.request_timeout_seconds);
  return limits;
}

}  // namespace

Result<http::ServerSettings> MakeSettings(const config::Config& config, TlsContext tls_before) {
  http::ServerSettings settings;
  SLUICE_TRY(settings.tls, OpenTls(config, std::move(tls_before)));
  settings.limits = LimitsOf(config);
  settings.proxies = config.trusted_proxies;
  return settings;
}

}  // namespace sluice::apps
