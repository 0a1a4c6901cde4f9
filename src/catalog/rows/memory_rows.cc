#include "catalog/rows/memory_rows.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace sluice::catalog::rows {
namespace {

/// Rows by their keys, by the name of their kind.
using Content = std::map<std::string_view, std::map<Row, Row>>;

bool Meets(const Row& row, const Cells& where) {
  return std::all_of(where.begin(), where.end(),
                     [&](const Cell& cell) { return row[cell.column] == cell.value; });
}

class MemoryWriter final : public RowWriter {
 public:
  explicit MemoryWriter(Content* content) : content_(*content) {}

  Result<std::vector<Row>> Select(const RowKind& kind, const Cells& where) override {
    std::vector<Row> found;
    for (const auto& [key, row] : content_[kind.name]) {
      if (Meets(row, where)) found.push_back(row);
    }
    return found;
  }

  Status Insert(const RowKind& kind, const Row& row) override {
    Row key(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kind.key));
    if (content_[kind.name].try_emplace(std::move(key), row).second) return {};
    return Fail(ErrorKind::kAlreadyExists, "the key of {} is taken", kind.name);
  }

  Result<std::int64_t> Update(const RowKind& kind, const Cells& where, const Cells& set) override {
    std::int64_t changed = 0;
    for (auto& [key, row] : content_[kind.name]) {
      if (!Meets(row, where)) continue;
      for (const auto& cell : set) row[cell.column] = cell.value;
      ++changed;
    }
    return changed;
  }

  Result<std::int64_t> Delete(const RowKind& kind, const Cells& where) override {
    return static_cast<std::int64_t>(std::erase_if(
        content_[kind.name], [&](const auto& entry) { return Meets(entry.second, where); }));
  }

 private:
  Content& content_;
};

class MemoryRows final : public RowStore {
 public:
  Result<std::int64_t> Version() override {
    const std::lock_guard lock(mutex_);
    return version_;
  }
  std::optional<std::int64_t> VersionAtHand() override {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    return lock.owns_lock() ? std::optional(version_) : std::nullopt;
  }

  Status Read(const ReadBody& body) override {
    const std::lock_guard lock(mutex_);
    MemoryWriter reader(&content_);
    return body(reader, version_);
  }

  Status Write(const WriteBody& body) override {
    const std::lock_guard lock(mutex_);
    Content changed = content_;
    MemoryWriter writer(&changed);
    SLUICE_RETURN_IF_ERROR(body(writer, version_ + 1));
    content_ = std::move(changed);
    ++version_;
    return {};
  }

 private:
  std::mutex mutex_;
  Content content_;
  std::int64_t version_ = 0;
};

}  // namespace

std::unique_ptr<RowStore> MakeMemoryRows() {
  return std::make_unique<MemoryRows>();
}

}  // namespace sluice::catalog::rows
