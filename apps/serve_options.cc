#include "serve_options.h"

#include <charconv>
#include <filesystem>

#include "storage/location.h"

namespace sluice::apps {
namespace {

constexpr int kDefaultPort = 8080;
/// Tables of a folder are many and small; memory is bounded on its own.
constexpr std::int64_t kFolderTableCache = 1000;

std::optional<std::int64_t> Integer(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

Status ApplyTls(const ServeOptions& options, config::Config* config) {
  if (options.tls_certificate.has_value() != options.tls_key.has_value()) {
    return Fail(ErrorKind::kInvalidArgument, "--tls-cert and --tls-key belong together");
  }
  if (options.self_signed && options.tls_key) {
    return Fail(ErrorKind::kInvalidArgument,
                "--tls-self-signed makes its own certificate; leave --tls-cert out");
  }
  if (!options.self_signed && !options.tls_key) return {};
  config->tls.emplace();
  config->tls->self_signed = options.self_signed;
  config->tls->certificate_file = options.tls_certificate.value_or("");
  config->tls->certificate_key_file = options.tls_key.value_or("");
  return {};
}

Status ApplyTimes(const ServeOptions& options, config::Config* config) {
  if (options.url_lifetime) {
    SLUICE_TRY(const std::int64_t millis, ParseDuration(*options.url_lifetime, "--url-lifetime"));
    config->pre_signed_url_timeout_seconds = millis / 1000;
  }
  if (options.grace) {
    SLUICE_TRY(const std::int64_t millis, ParseDuration(*options.grace, "--grace"));
    config->limits.shutdown_timeout_seconds = millis / 1000;
  }
  if (options.request_timeout) config->request_timeout_seconds = *options.request_timeout;
  return {};
}

/// The public URL may be given with or without the endpoint's path behind it.
Status ApplyPublicUrl(const ServeOptions& options, config::Config* config) {
  if (!options.public_url) return {};
  std::string url = *options.public_url;
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return Fail(ErrorKind::kInvalidArgument,
                "--public-url '{}' must begin with https:// or http://", url);
  }
  if (url.find_first_of("?# \"\\") != std::string::npos) {
    return Fail(ErrorKind::kInvalidArgument, "--public-url '{}' must end with its path", url);
  }
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(config->endpoint)) url.resize(url.size() - config->endpoint.size());
  config->public_url = std::move(url);
  return {};
}

void ApplyLog(const ServeOptions& options, config::Config* config) {
  if (options.log_level) config->log.level = *options.log_level;
  if (options.log_format) config->log.json = *options.log_format == "json";
  if (options.access_log) {
    config->log.access = *options.access_log != "off";
    config->log.access_file = config->log.access ? *options.access_log : "";
  }
}

Status CheckFolderOnly(const ServeOptions& options) {
  std::string_view given;
  if (!options.profile.empty()) given = "--profile";
  if (!options.share_name.empty()) given = "--share-name";
  if (!options.token_lifetime.empty()) given = "--token-lifetime";
  if (given.empty()) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "{} goes with a folder; with --config, shares and tokens are what the file says",
              given);
}

/// What is shared is said once: by a folder, a file, or a catalog that is managed.
Status CheckSource(const ServeOptions& options) {
  const bool folder = !options.folder.empty();
  const bool file = !options.config_file.empty();
  if (folder && file) {
    return Fail(ErrorKind::kInvalidArgument,
                "serve needs a folder or --config FILE, and not both; see sluice serve --help");
  }
  if (folder && (options.catalog || options.admin_listen)) {
    return Fail(
        ErrorKind::kInvalidArgument,
        "--catalog and --admin-listen go with a catalog that is managed, not with a folder");
  }
  if (folder || file || options.catalog || options.data_directory) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "serve needs a folder, --config FILE, or a catalog by --data-dir DIR or --catalog "
              "URL; see sluice serve --help");
}

/// A catalog says who may read what; whose tokens are believed is a matter of the file.
Status CheckBesideCatalog(const config::Config& config) {
  if (!config.shares.empty() ||
      !config.tokens.value_or(std::vector<config::TokenConfig>()).empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "shares and authorization are what the catalog says; leave them out of the file, "
                "but for the issuers of authorization.oidc");
  }
  for (const auto& issuer : config.issuers) {
    if (issuer.recipients.empty()) continue;
    return Fail(ErrorKind::kInvalidArgument,
                "the recipients of the issuer {} are those of the catalog: sluice recipient "
                "identify",
                issuer.issuer);
  }
  return {};
}

/// The catalog that is managed, if it is one: of the options, or of the file.
Status ApplyCatalog(const ServeOptions& options, config::Config* config) {
  if (options.catalog) config->catalog = *options.catalog;
  if (options.admin_listen) config->admin_listen = *options.admin_listen;
  const bool only = options.folder.empty() && options.config_file.empty();
  if (only && config->catalog.empty()) config->catalog = config::kCatalogInDataDirectory;
  if (!config->catalog.empty()) SLUICE_RETURN_IF_ERROR(CheckBesideCatalog(*config));
  if (config->catalog == config::kCatalogInDataDirectory && config->data_directory.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "a catalog in the data directory needs --data-dir");
  }
  if (config->admin_listen.empty()) return {};
  if (config->catalog.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "the admin API needs a catalog that is managed: --data-dir or --catalog alone");
  }
  SLUICE_RETURN_IF_ERROR(ParseListen(config->admin_listen));
  return {};
}

/// A command line may name a folder from where one stands.
std::string Absolute(const std::string& root) {
  return storage::ParseLocation(root) ? root : std::filesystem::absolute(root).string();
}

}  // namespace

Result<std::int64_t> ParseDuration(std::string_view text, std::string_view option) {
  std::string_view digits = text;
  std::int64_t unit = 1'000;
  if (!digits.empty()) {
    const char last = digits.back();
    if (last == 'm') unit = 60'000;
    if (last == 'h') unit = 3'600'000;
    if (last == 'd') unit = 86'400'000;
    if (last == 's' || last == 'm' || last == 'h' || last == 'd') digits.remove_suffix(1);
  }
  constexpr std::int64_t kMaxMillis = std::int64_t{100} * 365 * 86'400'000;
  const auto value = Integer(digits);
  if (!value || *value <= 0 || *value > kMaxMillis / unit) {
    return Fail(ErrorKind::kInvalidArgument,
                "{} '{}' is no time; write one like 90s, 15m, 12h or 30d", option, text);
  }
  return *value * unit;
}

Result<ListenAddress> ParseListen(std::string_view text) {
  const auto wrong = [&] {
    return Fail(ErrorKind::kInvalidArgument,
                "--listen '{}' is no address; write HOST:PORT, as 127.0.0.1:8080 or [::]:8080",
                text);
  };
  ListenAddress address;
  const std::size_t colon = text.rfind(':');
  std::string_view host = colon == std::string_view::npos ? "127.0.0.1" : text.substr(0, colon);
  const auto port = Integer(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return wrong();
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong();
  }
  address.host = host.empty() ? "0.0.0.0" : std::string(host);
  address.port = static_cast<int>(*port);
  return address;
}

bool IsInStore(std::string_view folder) {
  const auto end = folder.find("://");
  if (end == std::string_view::npos) return false;
  const auto kind = storage::KindOfScheme(folder.substr(0, end));
  return kind && *kind != storage::StoreKind::kLocal;
}

Result<config::Config> MakeConfig(const ServeOptions& options) {
  SLUICE_RETURN_IF_ERROR(CheckSource(options));
  config::Config config;
  if (!options.config_file.empty()) {
    SLUICE_RETURN_IF_ERROR(CheckFolderOnly(options));
    SLUICE_TRY(config, config::LoadConfig(options.config_file));
  } else {
    if (options.folder.empty()) SLUICE_RETURN_IF_ERROR(CheckFolderOnly(options));
    config.host = "127.0.0.1";
    config.port = kDefaultPort;
    config.delta_table_cache_size = kFolderTableCache;
    // Whatever lies below the folder is shared anyway.
    if (!options.folder.empty() && !IsInStore(options.folder)) {
      config.data_roots.push_back(Absolute(options.folder));
    }
  }
  if (options.listen) {
    SLUICE_TRY(const auto address, ParseListen(*options.listen));
    config.host = address.host;
    config.port = static_cast<std::uint16_t>(address.port);
  }
  if (options.data_directory) config.data_directory = *options.data_directory;
  for (const auto& root : options.data_roots) config.data_roots.push_back(Absolute(root));
  if (options.max_connections) config.limits.max_connections = *options.max_connections;
  if (options.threads) config.limits.worker_threads = *options.threads;
  SLUICE_RETURN_IF_ERROR(ApplyCatalog(options, &config));
  SLUICE_RETURN_IF_ERROR(ApplyPublicUrl(options, &config));
  SLUICE_RETURN_IF_ERROR(ApplyTls(options, &config));
  SLUICE_RETURN_IF_ERROR(ApplyTimes(options, &config));
  if (options.metrics_listen) SLUICE_RETURN_IF_ERROR(ParseListen(*options.metrics_listen));
  ApplyLog(options, &config);
  return config;
}

}  // namespace sluice::apps
