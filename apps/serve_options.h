// The command line of `sluice serve`, parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/config/config.h"

namespace sluice::apps {

/// What was given; absent means the default or what the configuration file says.
struct ServeOptions {
  /// Of tables; or the location of one table in a store. With neither folder nor
  /// config_file, the catalog of the data directory or of `catalog`.
  std::string folder;
  std::string config_file;
  bool check_config = false;            ///< Only says whether it could serve.
  std::string profile;                  ///< Folder only; empty: ./<share>.share.
  std::string share_name;               ///< Folder only; empty: the folder's name.
  std::string token_lifetime;           ///< Folder only; empty: the token never expires.
  std::vector<std::string> data_roots;  ///< Beside those of the configuration.
  std::optional<std::string> listen;
  std::optional<std::string> public_url;
  std::optional<std::string> url_lifetime;
  std::optional<std::string> tls_certificate;
  std::optional<std::string> tls_key;
  bool self_signed = false;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
  std::optional<std::string> access_log;  ///< A file, or "off".
  std::optional<std::string> key_file;
  std::vector<std::string> accepted_key_files;
  std::optional<std::string> data_directory;
  std::optional<std::string> catalog;       ///< Of a catalog in PostgreSQL.
  std::optional<std::string> admin_listen;  ///< Of the admin API; absent: there is none.
  std::optional<int> max_connections;
  std::optional<int> threads;
  std::optional<int> request_timeout;  ///< Seconds.
  std::optional<std::string> grace;
  std::string metrics = "local";              ///< "off", "local" or "all".
  std::optional<std::string> metrics_listen;  ///< Of a listener for them alone; absent: none.
};

/// "90s", "15m", "12h", "30d" or a bare number of seconds, to milliseconds.
/// Errors: kInvalidArgument naming `option`.
Result<std::int64_t> ParseDuration(std::string_view text, std::string_view option);

/// Whether `folder` names a place in a store (docs/storage.md) and not on this machine.
bool IsInStore(std::string_view folder);

struct ListenAddress {
  std::string host;
  int port = 0;
};

/// "127.0.0.1:8080", "[::1]:8080", ":8080" (every address) or "8080". Errors: kInvalidArgument.
Result<ListenAddress> ParseListen(std::string_view text);

/// The configuration that options and, where one was given, the file make together.
/// Errors: those of config::LoadConfig; kInvalidArgument naming the option.
Result<config::Config> MakeConfig(const ServeOptions& options);

}  // namespace sluice::apps
