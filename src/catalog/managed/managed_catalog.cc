#include "catalog/managed/managed_catalog.h"

#include <atomic>
#include <mutex>

#include "base/log.h"
#include "catalog/managed/catalog_state.h"

namespace sluice::catalog {
namespace {

constexpr std::int64_t kRetryMillis = 1000;

using StatePtr = std::shared_ptr<const CatalogState>;

/// Hands everything to the rows, and counts the writes.
class CountedRows final : public rows::RowStore {
 public:
  explicit CountedRows(std::unique_ptr<rows::RowStore> rows) : rows_(std::move(rows)) {}

  Result<std::int64_t> Version() override { return rows_->Version(); }
  std::optional<std::int64_t> VersionAtHand() override { return rows_->VersionAtHand(); }
  Status Read(const ReadBody& body) override { return rows_->Read(body); }
  Status Write(const WriteBody& body) override {
    Status done = rows_->Write(body);
    // Also after an error, which may come from after the end.
    ++writes_;
    return done;
  }
  std::uint64_t writes() const { return writes_; }

 private:
  const std::unique_ptr<rows::RowStore> rows_;
  std::atomic<std::uint64_t> writes_ = 0;
};

class CachedCatalog final : public ManagedCatalog {
 public:
  CachedCatalog(std::unique_ptr<rows::RowStore> store, const ManagedCatalogOptions& options)
      : rows_(std::move(store)), options_(options) {}

  Status Open() const {
    const std::lock_guard lock(check_mutex_);
    return Check();
  }

  rows::RowStore& rows() const override { return rows_; }

  Result<std::vector<Share>> ListShares() const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->ListShares();
  }
  Result<Share> GetShare(std::string_view share) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->GetShare(share);
  }
  Result<std::vector<Schema>> ListSchemas(std::string_view share) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->ListSchemas(share);
  }
  Result<Schema> GetSchema(std::string_view share, std::string_view schema) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->GetSchema(share, schema);
  }
  Result<std::vector<Table>> ListTables(std::string_view share,
                                        std::string_view schema) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->ListTables(share, schema);
  }
  Result<std::vector<Table>> ListAllTables(std::string_view share) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->ListAllTables(share);
  }
  Result<Table> GetTable(std::string_view share, std::string_view schema,
                         std::string_view table) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->GetTable(share, schema, table);
  }
  Result<Table> GetTableById(std::string_view id) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->GetTableById(id);
  }
  Result<Recipient> FindRecipient(std::string_view token_digest) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->FindRecipient(token_digest);
  }
  Result<Recipient> FindByIdentity(const Identity& identity) const override {
    SLUICE_TRY(const StatePtr state, Current());
    return state->FindByIdentity(identity);
  }

  std::shared_ptr<const ListedCatalog> AtHand() const override {
    if (StatePtr state = HeldWithin(options_.check_every_ms)) return state;
    // One after the other: to each, a look of another would be somebody who works with the rows.
    const std::lock_guard look(look_mutex_);
    const auto version = rows_.VersionAtHand();
    const std::lock_guard lock(held_mutex_);
    return version && held_.state->version() == *version ? held_.state : nullptr;
  }

 private:
  struct Held {
    StatePtr state;
    std::int64_t checked_ms = 0;  ///< When the check began that found it to be the newest.
    std::uint64_t writes = 0;     ///< Of this process, when that check began.
  };

  /// What is held, if it was checked within `age_ms` and nothing was written here since.
  StatePtr HeldWithin(std::int64_t age_ms) const {
    const std::lock_guard lock(held_mutex_);
    const std::int64_t age = options_.clock->NowMillis() - held_.checked_ms;
    const bool fresh = held_.state && age >= 0 && age < age_ms && held_.writes == rows_.writes();
    return fresh ? held_.state : nullptr;
  }

  Result<StatePtr> Current() const {
    if (StatePtr state = HeldWithin(options_.check_every_ms)) return state;
    std::unique_lock lock(check_mutex_, std::try_to_lock);
    if (!lock.owns_lock()) {
      if (StatePtr state = HeldWithin(options_.max_stale_ms)) return state;
      lock.lock();
      if (StatePtr state = HeldWithin(options_.check_every_ms)) return state;
    }
    const Status checked = CheckOrWait();
    if (!checked) {
      if (StatePtr state = HeldWithin(options_.max_stale_ms)) return state;
      return Fail(checked.error());
    }
    const std::lock_guard held(held_mutex_);
    return held_.state;
  }

  /// Rows that fail are not asked again at once, as each time may take seconds.
  Status CheckOrWait() const {
    const std::int64_t since = options_.clock->NowMillis() - failed_ms_;
    if (!last_check_ && since >= 0 && since < kRetryMillis) return last_check_;
    last_check_ = Check();
    if (last_check_) return {};
    failed_ms_ = options_.clock->NowMillis();
    spdlog::error("the catalog cannot be read: {}", last_check_.error().message);
    return last_check_;
  }

  /// Under check_mutex_.
  Status Check() const {
    Held next{nullptr, options_.clock->NowMillis(), rows_.writes()};
    SLUICE_TRY(const std::int64_t version, rows_.Version());
    {
      const std::lock_guard lock(held_mutex_);
      next.state = held_.state;
    }
    if (!next.state || next.state->version() != version) {
      SLUICE_RETURN_IF_ERROR(rows_.Read([&](rows::RowReader& reader, std::int64_t read) -> Status {
        SLUICE_TRY(next.state, CatalogState::Load(reader, read));
        return {};
      }));
    }
    const std::lock_guard lock(held_mutex_);
    held_ = std::move(next);
    return {};
  }

  mutable CountedRows rows_;
  const ManagedCatalogOptions options_;
  mutable std::mutex check_mutex_;      // Held while the rows are asked; before held_mutex_.
  mutable Status last_check_;           // Guarded by check_mutex_.
  mutable std::int64_t failed_ms_ = 0;  // Likewise.
  mutable std::mutex look_mutex_;       // Before held_mutex_.
  mutable std::mutex held_mutex_;
  mutable Held held_;
};

}  // namespace

Result<std::shared_ptr<const ManagedCatalog>> OpenManagedCatalog(
    std::unique_ptr<rows::RowStore> store, const ManagedCatalogOptions& options) {
  auto catalog = std::make_shared<CachedCatalog>(std::move(store), options);
  SLUICE_RETURN_IF_ERROR(catalog->Open());
  return catalog;
}

}  // namespace sluice::catalog
