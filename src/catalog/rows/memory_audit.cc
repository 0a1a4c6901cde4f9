#include <map>
#include <mutex>
#include <utility>

#include "catalog/rows/memory_rows.h"

namespace sluice::catalog::rows {
namespace {

bool Fits(const AuditRow& row, const AuditRange& range) {
  return row.at_ms >= range.since_ms.value_or(row.at_ms) &&
         (!range.until_ms || row.at_ms < *range.until_ms) &&
         (range.recipient.empty() || row.recipient == range.recipient) &&
         (range.request_id.empty() || row.request_id == range.request_id) &&
         (!range.denied || row.denied);
}

class MemoryAudit final : public AuditStore {
 public:
  Status Append(std::span<const AuditRow> rows) override {
    const std::lock_guard lock(mutex_);
    for (const AuditRow& row : rows) rows_.try_emplace({row.at_ms, row.request_id}, row);
    return {};
  }

  Result<std::vector<AuditRow>> Select(const AuditRange& range, std::size_t limit,
                                       const AuditRow* after) override {
    const std::lock_guard lock(mutex_);
    std::vector<AuditRow> found;
    auto at =
        after == nullptr ? rows_.begin() : rows_.upper_bound({after->at_ms, after->request_id});
    for (; at != rows_.end() && found.size() < limit; ++at) {
      if (Fits(at->second, range)) found.push_back(at->second);
    }
    return found;
  }

  Result<std::int64_t> DeleteBefore(std::int64_t at_ms) override {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(
        std::erase_if(rows_, [&](const auto& entry) { return entry.second.at_ms < at_ms; }));
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::int64_t, std::string>, AuditRow> rows_;
};

}  // namespace

std::unique_ptr<AuditStore> MakeMemoryAudit() {
  return std::make_unique<MemoryAudit>();
}

}  // namespace sluice::catalog::rows
