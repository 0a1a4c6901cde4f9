#include "catalog/folder/folder_schemas.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "catalog/folder/store_folder.h"
#include "catalog/folder/watched_folder.h"
#include "catalog/listed_catalog.h"

namespace sluice::catalog {
namespace {

Result<ScanRules> RulesOf(const Schema& schema) {
  ScanRules rules{schema.share, schema.name};
  SLUICE_TRY(rules.include, Glob::ParseAll(schema.folder->include));
  SLUICE_TRY(rules.exclude, Glob::ParseAll(schema.folder->exclude));
  rules.history_shared = schema.folder->history_shared;
  rules.row_filter = schema.folder->row_filter;
  rules.storage = schema.folder->storage;
  // Names and places hold no line breaks, so that different ones cannot run together.
  rules.id_domain = fmt::format("folder of schema\n{}\n{}\n{}", FoldName(schema.share),
                                FoldName(schema.name), schema.folder->location);
  return rules;
}

bool ComesBefore(const Table& a, const Table& b) {
  return FoldName(a.name) < FoldName(b.name);
}

class FolderSchemas final : public CatalogStore {
 public:
  FolderSchemas(std::shared_ptr<const CatalogStore> catalog, StoreFolders stores,
                const Clock& clock)
      : catalog_(std::move(catalog)), stores_(std::move(stores)), clock_(clock) {}

  Result<std::vector<Share>> ListShares() const override { return catalog_->ListShares(); }
  Result<Share> GetShare(std::string_view share) const override {
    return catalog_->GetShare(share);
  }
  Result<std::vector<Schema>> ListSchemas(std::string_view share) const override {
    return catalog_->ListSchemas(share);
  }
  Result<Schema> GetSchema(std::string_view share, std::string_view schema) const override {
    return catalog_->GetSchema(share, schema);
  }
  Result<Recipient> FindRecipient(std::string_view token_digest) const override {
    return catalog_->FindRecipient(token_digest);
  }
  std::shared_ptr<const ListedCatalog> AtHand() const override {
    auto listed = catalog_->AtHand();
    return listed != nullptr && !listed->listing().has_folders() ? listed : nullptr;
  }

  Result<std::vector<Table>> ListTables(std::string_view share,
                                        std::string_view schema) const override {
    SLUICE_TRY(const Schema found, catalog_->GetSchema(share, schema));
    return TablesOf(found);
  }

  Result<std::vector<Table>> ListAllTables(std::string_view share) const override {
    SLUICE_TRY(const auto schemas, catalog_->ListSchemas(share));
    std::vector<Table> out;
    for (const Schema& schema : schemas) {
      auto tables = TablesOf(schema);
      // A catalog that is managed may have lost it meanwhile.
      if (!tables && tables.error().kind == ErrorKind::kNotFound) continue;
      if (!tables) return tables;
      std::move(tables->begin(), tables->end(), std::back_inserter(out));
    }
    return out;
  }

  Result<Table> GetTable(std::string_view share, std::string_view schema,
                         std::string_view table) const override {
    auto named = catalog_->GetTable(share, schema, table);
    if (named || named.error().kind != ErrorKind::kNotFound) return named;
    const auto found = catalog_->GetSchema(share, schema);
    if (!found || !found->folder) return named;
    SLUICE_TRY(const auto folder, FolderOf(*found));
    auto below = folder->LookAtRecent(
        [&](const Listing& listing) { return listing.GetTable(found->share, found->name, table); });
    // A folder without tables does not know its schema.
    if (!below && below.error().kind == ErrorKind::kNotFound) return named;
    return below;
  }

  Result<Table> GetTableById(std::string_view id) const override {
    auto named = catalog_->GetTableById(id);
    if (named || named.error().kind != ErrorKind::kNotFound) return named;
    SLUICE_TRY(const auto folders, Folders());
    const auto find = [&](const Listing& listing) { return listing.GetTableById(id); };
    for (const auto& folder : folders) {
      if (auto table = folder->LookAtHeld(find)) return *std::move(table);
    }
    for (const auto& folder : folders) {
      auto table = folder->Look(find);
      if (table || table.error().kind != ErrorKind::kNotFound) return table;
    }
    return named;
  }

 private:
  using FolderPtr = std::shared_ptr<const FolderTables>;
  using Names = std::pair<std::string, std::string>;
  struct Entry {
    Schema schema;
    FolderPtr folder;
  };

  /// What is known of the schema's folder, as long as it is the same.
  Result<FolderPtr> FolderOf(const Schema& schema) const {
    Entry before;  // Destroyed without the lock, for that may wait.
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[{schema.share, schema.name}];
    if (!entry.folder || entry.schema.folder != schema.folder) {
      SLUICE_TRY(auto folder, Watch(schema));
      before = std::exchange(entry, {schema, std::move(folder)});
    }
    return entry.folder;
  }

  Result<FolderPtr> Watch(const Schema& schema) const {
    SLUICE_TRY(ScanRules rules, RulesOf(schema));
    const std::string& location = schema.folder->location;
    SLUICE_TRY(const auto place, storage::ParseLocation(location));
    if (place.kind == storage::StoreKind::kLocal) {
      return std::make_shared<const WatchedFolder>(place.folder, std::move(rules), clock_);
    }
    const auto& options = schema.folder->storage;
    auto store = stores_.open(place, {options.begin(), options.end()});
    if (!store) return Unreadable(location, store.error().message);
    return std::make_shared<const StoreFolder>(MakeStoreTree(*std::move(store), place),
                                               std::move(rules), stores_.period_ms, clock_);
  }

  /// All that there are; what is known of others is forgotten.
  Result<std::vector<FolderPtr>> Folders() const {
    std::vector<FolderPtr> folders;
    std::map<Names, bool> current;
    SLUICE_TRY(const auto shares, catalog_->ListShares());
    for (const Share& share : shares) {
      const auto schemas = catalog_->ListSchemas(share.name);
      if (!schemas && schemas.error().kind == ErrorKind::kNotFound) continue;
      if (!schemas) return Fail(schemas.error());
      for (const Schema& schema : *schemas) {
        if (!schema.folder) continue;
        current[{schema.share, schema.name}] = true;
        SLUICE_TRY(folders.emplace_back(), FolderOf(schema));
      }
    }
    std::vector<Entry> before;
    const std::lock_guard lock(mutex_);
    for (auto at = entries_.begin(); at != entries_.end();) {
      if (current.contains(at->first)) {
        ++at;
      } else {
        before.push_back(std::move(at->second));
        at = entries_.erase(at);
      }
    }
    return folders;
  }

  Result<std::vector<Table>> TablesOf(const Schema& schema) const {
    SLUICE_TRY(auto tables, catalog_->ListTables(schema.share, schema.name));
    if (!schema.folder) return tables;
    SLUICE_TRY(const auto folder, FolderOf(schema));
    SLUICE_TRY(const auto listing, folder->Recent());
    const auto below = listing->ListTables(schema.share, schema.name);
    if (!below) return tables;  // There is none.
    std::vector<Table> all;
    // Where both have a name, the first of the two is kept.
    std::set_union(std::make_move_iterator(tables.begin()), std::make_move_iterator(tables.end()),
                   below->begin(), below->end(), std::back_inserter(all), ComesBefore);
    return all;
  }

  const std::shared_ptr<const CatalogStore> catalog_;
  const StoreFolders stores_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<Names, Entry> entries_;
};

}  // namespace

std::shared_ptr<const CatalogStore> WithFolders(std::shared_ptr<const CatalogStore> catalog,
                                                StoreFolders stores, const Clock& clock) {
  return std::make_shared<const FolderSchemas>(std::move(catalog), std::move(stores), clock);
}

}  // namespace sluice::catalog
