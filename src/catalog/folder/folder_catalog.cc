#include "catalog/folder/folder_catalog.h"

#include <mutex>
#include <set>
#include <utility>

#include "base/log.h"
#include "catalog/folder/folder_scan.h"
#include "catalog/recipients.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kListingMillis = 1000;

class FolderCatalog final : public CatalogStore {
 public:
  FolderCatalog(fs::path root, Recipients recipients, const FolderCatalogOptions& options)
      : root_(std::move(root)),
        share_name_(options.share_name),
        recipients_(std::move(recipients)),
        clock_(options.clock) {}

  Result<std::vector<Share>> ListShares() const override {
    SLUICE_TRY(const auto listing, Recent());
    return listing->ListShares();
  }
  Result<Share> GetShare(std::string_view share) const override {
    SLUICE_TRY(const auto listing, Recent());
    return listing->GetShare(share);
  }
  Result<std::vector<Schema>> ListSchemas(std::string_view share) const override {
    SLUICE_TRY(const auto listing, Recent());
    return listing->ListSchemas(share);
  }
  Result<std::vector<Table>> ListTables(std::string_view share,
                                        std::string_view schema) const override {
    SLUICE_TRY(const auto listing, Recent());
    return listing->ListTables(share, schema);
  }
  Result<std::vector<Table>> ListAllTables(std::string_view share) const override {
    SLUICE_TRY(const auto listing, Recent());
    return listing->ListAllTables(share);
  }
  Result<Table> GetTable(std::string_view share, std::string_view schema,
                         std::string_view table) const override {
    return Look([&](const Listing& listing) { return listing.GetTable(share, schema, table); });
  }
  Result<Table> GetTableById(std::string_view id) const override {
    return Look([&](const Listing& listing) { return listing.GetTableById(id); });
  }
  Result<Recipient> FindRecipient(std::string_view token_digest) const override {
    return recipients_.Find(token_digest);
  }

  /// The listing of a scan that began after this call did; those who wait meanwhile share one.
  Result<std::shared_ptr<const Listing>> Rescan() const {
    std::uint64_t begun = 0;
    {
      const std::lock_guard lock(state_mutex_);
      begun = scans_begun_;
    }
    const std::lock_guard scanning(scan_mutex_);
    {
      const std::lock_guard lock(state_mutex_);
      if (listing_ && scans_done_ > begun) return listing_;
      ++scans_begun_;
    }
    const std::int64_t now = clock_->NowMillis();
    SLUICE_TRY(FolderScan scan, ScanFolder(root_, share_name_));
    Warn(scan.warnings);
    const std::lock_guard lock(state_mutex_);
    listing_ = std::make_shared<const Listing>(std::move(scan.listing));
    scanned_at_ = now;
    scans_done_ = scans_begun_;
    return listing_;
  }

 private:
  /// A listing at most a second old.
  Result<std::shared_ptr<const Listing>> Recent() const {
    {
      const std::lock_guard lock(state_mutex_);
      const std::int64_t age = clock_->NowMillis() - scanned_at_;
      if (listing_ && age >= 0 && age < kListingMillis) return listing_;
    }
    return Rescan();
  }

  template <typename Find>
  Result<Table> Look(Find find) const {
    std::shared_ptr<const Listing> listing;
    {
      const std::lock_guard lock(state_mutex_);
      listing = listing_;
    }
    if (listing) {
      Result<Table> table = find(*listing);
      if (table && IsStillThere(*table)) return table;
    }
    SLUICE_TRY(listing, Rescan());
    return find(*listing);
  }

  /// Each warning once, not once a scan.
  void Warn(const std::vector<std::string>& warnings) const {
    std::set<std::string> current(warnings.begin(), warnings.end());
    for (const auto& warning : current) {
      if (!warned_.contains(warning))
        spdlog::warn("shared folder '{}': {}", root_.string(), warning);
    }
    warned_ = std::move(current);
  }

  const fs::path root_;
  const std::string share_name_;
  const Recipients recipients_;
  const Clock* const clock_;
  mutable std::mutex scan_mutex_;         // Held while the disk is read; before state_mutex_.
  mutable std::set<std::string> warned_;  // Guarded by scan_mutex_.
  mutable std::mutex state_mutex_;
  mutable std::shared_ptr<const Listing> listing_;
  mutable std::int64_t scanned_at_ = 0;
  mutable std::uint64_t scans_begun_ = 0;
  mutable std::uint64_t scans_done_ = 0;
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
  SLUICE_RETURN_IF_ERROR(catalog->Rescan());
  return catalog;
}

}  // namespace sluice::catalog
