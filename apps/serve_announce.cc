#include "serve_announce.h"

#include <cstdio>

#include "base/log.h"
#include "serve_profile.h"

namespace sluice::apps {
namespace {

/// `path` as a word of a shell command.
std::string ShellWord(const std::string& path) {
  if (path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "._-/+=:@%") == std::string::npos) {
    return path;
  }
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A table to show in the commands; a made-up name when there is none yet.
std::string ExampleTable(const Provider& provider) {
  const auto tables = provider.catalog->ListAllTables(provider.share);
  if (!tables || tables->empty()) return provider.share + ".default.mytable";
  const auto& table = tables->front();
  return fmt::format("{}.{}.{}", table.share, table.schema, table.name);
}

void PrintFolderHelp(const Provider& provider, const std::string& profile, const std::string& local,
                     const std::string& endpoint) {
  const auto tables = provider.catalog->ListAllTables(provider.share);
  const std::string url = fmt::format("{}#{}", profile, ExampleTable(provider));
  fmt::print("Sharing {} table{} of '{}' at {}\n", tables ? tables->size() : 0,
             tables && tables->size() == 1 ? "" : "s", provider.share, endpoint);
  if (!endpoint.starts_with(local)) fmt::print("Listening on {}\n", local);
  fmt::print("Profile for recipients, with their token: {}\n", profile);
  fmt::print("\n  sluice  sluice head {}\n", ShellWord(url));
  fmt::print(
      "  Python  python3 -c \"import delta_sharing; "
      "print(delta_sharing.load_as_pandas('{}'))\"\n",
      url);
  fmt::print("  Spark   spark.read.format(\"deltaSharing\").load(\"{}\")\n", url);
  fmt::print(
      "  curl    curl -H \"Authorization: Bearer $(sed -n "
      "'s/.*\"bearerToken\" *: *\"\\([^\"]*\\)\".*/\\1/p' {})\" {}/shares\n\n",
      ShellWord(profile), endpoint);
  fmt::print("Stop with Ctrl-C.\n");
  std::fflush(stdout);
}

Status AnnounceFolder(const ServeOptions& options, const Provider& provider,
                      const std::string& local, const std::string& endpoint) {
  protocol::Profile profile;
  profile.endpoint = endpoint;
  profile.credential = protocol::BearerToken{provider.token};
  profile.expiration_time_ms = provider.token_expires_at_ms;
  const std::string path = options.profile.empty() ? provider.share + ".share" : options.profile;
  SLUICE_RETURN_IF_ERROR(WriteProfile(path, profile));
  PrintFolderHelp(provider, path, local, endpoint);
  return {};
}

void AnnounceConfig(const ServeOptions& options, const Site& site, const std::string& local,
                    const std::string& endpoint) {
  fmt::print("Serving {} at {}\n",
             options.config_file.empty() ? "the catalog" : "'" + options.config_file + "'",
             endpoint);
  if (!endpoint.starts_with(local)) fmt::print("Listening on {}\n", local);
  std::fflush(stdout);
  if (!site.config.tokens && !site.provider.managed) {
    spdlog::warn("no authorization is configured: everybody may read everything");
  }
}

}  // namespace

std::string LocalUrl(const config::Config& config, int port) {
  std::string host = config.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "[::1]";
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", config.tls ? "https" : "http", host, port);
}

std::string EndpointUrl(const config::Config& config, int port) {
  return (config.public_url.empty() ? LocalUrl(config, port) : config.public_url) + config.endpoint;
}

Status Announce(const ServeOptions& options, const Site& site, int port) {
  const std::string local = LocalUrl(site.config, port);
  const std::string endpoint = EndpointUrl(site.config, port);
  if (!options.folder.empty()) return AnnounceFolder(options, site.provider, local, endpoint);
  AnnounceConfig(options, site, local, endpoint);
  return {};
}

}  // namespace sluice::apps
