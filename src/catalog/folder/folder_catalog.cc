#include "catalog/folder/folder_catalog.h"

#include <filesystem>
#include <utility>

#include "catalog/folder/watched_folder.h"
#include "catalog/recipients.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;

ScanRules RulesOf(const FolderCatalogOptions& options) {
  ScanRules rules;
  rules.share = options.share_name;
  return rules;
}

class FolderCatalog final : public CatalogStore {
 public:
  FolderCatalog(fs::path root, Recipients recipients, const FolderCatalogOptions& options)
      : recipients_(std::move(recipients)),
        folder_(std::move(root), RulesOf(options), *options.clock) {}

  Result<std::vector<Share>> ListShares() const override {
    SLUICE_TRY(const auto listing, folder_.Recent());
    return listing->ListShares();
  }
  Result<Share> GetShare(std::string_view share) const override {
    SLUICE_TRY(const auto listing, folder_.Recent());
    return listing->GetShare(share);
  }
  Result<std::vector<Schema>> ListSchemas(std::string_view share) const override {
    SLUICE_TRY(const auto listing, folder_.Recent());
    return listing->ListSchemas(share);
  }
  Result<Schema> GetSchema(std::string_view share, std::string_view schema) const override {
    SLUICE_TRY(const auto listing, folder_.Recent());
    return listing->GetSchema(share, schema);
  }
  Result<std::vector<Table>> ListTables(std::string_view share,
                                        std::string_view schema) const override {
    SLUICE_TRY(const auto listing, folder_.Recent());
    return listing->ListTables(share, schema);
  }
  Result<std::vector<Table>> ListAllTables(std::string_view share) const override {
    SLUICE_TRY(const auto listing, folder_.Recent());
    return listing->ListAllTables(share);
  }
  Result<Table> GetTable(std::string_view share, std::string_view schema,
                         std::string_view table) const override {
    return folder_.Look(
        [&](const Listing& listing) { return listing.GetTable(share, schema, table); });
  }
  Result<Table> GetTableById(std::string_view id) const override {
    return folder_.Look([&](const Listing& listing) { return listing.GetTableById(id); });
  }
  Result<Recipient> FindRecipient(std::string_view token_digest) const override {
    return recipients_.Find(token_digest);
  }

  /// Whether the folder can be read now.
  Status Check() const {
    return folder_.Rescan().map([](const auto&) {});
  }

 private:
  const Recipients recipients_;
  const WatchedFolder folder_;
};

Result<fs::path> ResolveRoot(const std::string& folder) {
  std::error_code error;
  fs::path root = fs::canonical(folder, error);
  if (error) {
    const ErrorKind kind =
        error == std::errc::permission_denied ? ErrorKind::kPermissionDenied : ErrorKind::kNotFound;
    return Fail(kind, "folder '{}': {}", folder, error.message());
  }
  if (!fs::is_directory(root, error)) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is not a folder", folder);
  }
  fs::directory_iterator readable(root, error);
  if (error) return Fail(ErrorKind::kPermissionDenied, "folder '{}': {}", folder, error.message());
  return root;
}

}  // namespace

Result<std::shared_ptr<const CatalogStore>> OpenFolderCatalog(const FolderCatalogOptions& options) {
  SLUICE_TRY(fs::path root, ResolveRoot(options.folder));
  Recipients recipients;
  SLUICE_RETURN_IF_ERROR(recipients.Add(options.token_digest, options.recipient));
  if (!options.share_name.empty()) {
    SLUICE_RETURN_IF_ERROR(CheckShareName(options.share_name));
  }
  auto catalog = std::make_shared<FolderCatalog>(std::move(root), std::move(recipients), options);
  SLUICE_RETURN_IF_ERROR(catalog->Check());
  return catalog;
}

}  // namespace sluice::catalog
