#include "serve_provider.h"

#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/folder/folder_catalog.h"
#include "catalog/folder/folder_scan.h"
#include "catalog/folder/folder_schemas.h"
#include "catalog/yaml/yaml_catalog.h"
#include "serve_stores.h"
#include "storage/location.h"

namespace sluice::apps {
namespace {

constexpr std::size_t kTokenBytes = 32;

/// Whoever gets the profile, with a token made now.
Result<catalog::YamlRecipient> MakeRecipient(const ServeOptions& options, Provider* provider) {
  provider->token = Base64UrlEncode(RandomBytes(kTokenBytes));
  if (!options.token_lifetime.empty()) {
    SLUICE_TRY(const std::int64_t lifetime,
               ParseDuration(options.token_lifetime, "--token-lifetime"));
    provider->token_expires_at_ms = SystemClock().NowMillis() + lifetime;
  }
  catalog::YamlRecipient made;
  made.token_digest = std::string(AsView(Sha256(provider->token)));
  made.recipient.name = "profile";
  made.recipient.expires_at_ms = provider->token_expires_at_ms;
  return made;
}

Result<Provider> OpenFolder(const ServeOptions& options) {
  Provider provider;
  SLUICE_TRY(auto recipient, MakeRecipient(options, &provider));
  catalog::FolderCatalogOptions folder;
  folder.folder = options.folder;
  folder.share_name = options.share_name;
  folder.token_digest = std::move(recipient.token_digest);
  folder.recipient = std::move(recipient.recipient);
  SLUICE_TRY(provider.catalog, catalog::OpenFolderCatalog(folder));
  SLUICE_TRY(const auto shares, provider.catalog->ListShares());
  provider.share = shares.front().name;
  return provider;
}

/// One table, named like its folder.
Result<Provider> OpenStoreTable(const ServeOptions& options) {
  SLUICE_TRY(const auto place, storage::ParseLocation(options.folder));
  const std::string& path = place.folder.empty() ? place.bucket : place.folder;
  const std::string name = catalog::MakeName(path.substr(path.rfind('/') + 1));
  Provider provider;
  provider.share = options.share_name.empty() ? name : options.share_name;
  catalog::YamlCatalogOptions only;
  SLUICE_TRY(auto recipient, MakeRecipient(options, &provider));
  only.recipients.push_back(std::move(recipient));
  only.shares.push_back({provider.share, {{"default", {{name, place.Text(), "", true}}}}});
  SLUICE_TRY(provider.catalog, catalog::MakeYamlCatalog(only));
  return provider;
}

catalog::SharedFolder FolderOf(const config::FolderConfig& folder) {
  return {folder.location, folder.include, folder.exclude, folder.history_shared,
          folder.row_filter};
}

/// Folders of schemas in stores, which the section `storage` says how to reach.
Result<catalog::StoreFolders> StoreFoldersOf(const std::string& config_file,
                                             const config::Config& config) {
  SLUICE_TRY(auto stores, OpenStores(config_file, config));
  catalog::StoreFolders folders;
  folders.period_ms = config.store_folder_listing_seconds * 1000;
  folders.open = [stores = std::move(stores)](const storage::Location& place,
                                              const storage::StoreOptions& own) {
    return stores->Open(place, own).map([](const storage::Ports& ports) { return ports.objects; });
  };
  return folders;
}

Result<Provider> OpenConfigured(const std::string& config_file, const config::Config& config) {
  catalog::YamlCatalogOptions options;
  for (const auto& share : config.shares) {
    catalog::YamlShare out{share.name, {}, share.id, share.comment, share.properties};
    for (const auto& schema : share.schemas) {
      catalog::YamlSchema& into = out.schemas.emplace_back();
      into.name = schema.name;
      if (schema.folder) into.folder = FolderOf(*schema.folder);
      for (const auto& table : schema.tables) {
        into.tables.push_back({table.name, table.location, table.id, table.history_shared,
                               table.start_version, table.files, table.row_filter});
      }
    }
    options.shares.push_back(std::move(out));
  }
  for (const auto& token : config.tokens.value_or(std::vector<config::TokenConfig>())) {
    options.recipients.push_back({token.token_digest, RecipientOf(token)});
  }
  Provider provider;
  SLUICE_TRY(auto configured, catalog::MakeYamlCatalog(options));
  SLUICE_TRY(auto stores, StoreFoldersOf(config_file, config));
  provider.catalog = catalog::WithFolders(std::move(configured), std::move(stores));
  return provider;
}

Result<Provider> OpenManaged(const std::string& config_file, const config::Config& config) {
  Provider provider;
  SLUICE_TRY(provider.managed, OpenCatalog(PlaceOf(config)));
  SLUICE_TRY(auto stores, StoreFoldersOf(config_file, config));
  provider.catalog = catalog::WithFolders(provider.managed, std::move(stores));
  return provider;
}

}  // namespace

CatalogPlace PlaceOf(const config::Config& config) {
  if (config.catalog == config::kCatalogInDataDirectory) return {config.data_directory, ""};
  return {"", config.catalog};
}

catalog::Recipient RecipientOf(const config::TokenConfig& token) {
  catalog::Recipient out{token.name, std::nullopt, token.expires_at_ms};
  if (token.grants) {
    out.grants.emplace();
    for (const auto& grant : *token.grants) {
      out.grants->push_back({grant.share, grant.schema, grant.table, grant.row_filter});
    }
  }
  out.properties = token.properties;
  out.allowed_networks = token.allowed_networks;
  out.limits = {token.requests_per_minute, token.concurrent_requests};
  return out;
}

Result<Provider> OpenProvider(const ServeOptions& options, const config::Config& config) {
  if (!config.catalog.empty()) return OpenManaged(options.config_file, config);
  if (options.folder.empty()) return OpenConfigured(options.config_file, config);
  return IsInStore(options.folder) ? OpenStoreTable(options) : OpenFolder(options);
}

}  // namespace sluice::apps
