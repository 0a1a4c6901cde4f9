#include "audit_trail.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "json/answer.h"
#include "observe/access_log.h"
#include "serve_audit.h"

namespace sluice::apps {
namespace {

constexpr std::size_t kPageRows = 1000;

using catalog::ChangeRecord;

std::string LineOf(const ChangeRecord& change) {
  constexpr std::string_view kAdmin = "admin ";
  std::string_view who = change.actor;
  if (who.starts_with(kAdmin)) who.remove_prefix(kAdmin.size());
  return observe::FormatCatalogChange({change.at_ms, std::string(who), change.version,
                                       change.action, change.target, change.detail});
}

/// The changes of a catalog, put between records.
class Changes {
 public:
  Changes(std::vector<ChangeRecord> changes, const TakeLine& take)
      : changes_(std::move(changes)), take_(take) {}

  /// A record, which began no later than the change that it tells of was made.
  bool TakeRecord(const catalog::rows::AuditRow& row) {
    if (!TakeBefore(row.at_ms)) return false;
    if (row.line.find(R"("change":)") != std::string::npos) {
      const auto record = json::ParseJsonObject(row.line);
      const auto version = record ? json::NumberOf(*record, "version") : std::nullopt;
      if (version) told_.insert(*version);
    }
    return take_(row.line);
  }

  /// Those that were made before `time_ms`, or all that are left.
  bool TakeBefore(std::optional<std::int64_t> time_ms) {
    for (; next_ < changes_.size(); ++next_) {
      const ChangeRecord& change = changes_[next_];
      if (time_ms && change.at_ms >= *time_ms) return true;
      if (told_.erase(change.version) == 0 && !take_(LineOf(change))) return false;
    }
    return true;
  }

 private:
  const std::vector<ChangeRecord> changes_;
  const TakeLine& take_;
  std::size_t next_ = 0;
  std::set<std::int64_t> told_;  ///< Versions of changes that are still to come.
};

}  // namespace

Result<bool> ReadAuditTrail(const CatalogPlace& place, const observe::AuditQuestion& question,
                            const TakeLine& take) {
  SLUICE_TRY(const auto rows, OpenCatalogRows(place, WhenNoCatalog::kFail));
  const catalog::Admin admin(*rows, CatalogChecks(), "");
  SLUICE_TRY(auto made, admin.ListChangesBetween(question.since_ms, question.until_ms));
  Changes changes(std::move(made), take);
  if (!HasAuditStore(place)) return changes.TakeBefore(std::nullopt);
  SLUICE_TRY(const auto store, OpenAuditStore(place));
  catalog::rows::AuditRange range;
  range.since_ms = question.since_ms;
  range.until_ms = question.until_ms;
  range.request_id = question.request;
  range.denied = question.denied;
  std::optional<catalog::rows::AuditRow> last;
  for (;;) {
    SLUICE_TRY(auto page, store->Select(range, kPageRows, last ? &*last : nullptr));
    if (page.empty()) return changes.TakeBefore(std::nullopt);
    for (const auto& row : page) {
      if (!changes.TakeRecord(row)) return false;
    }
    last = std::move(page.back());
  }
}

}  // namespace sluice::apps
