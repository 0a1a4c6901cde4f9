#include "catalog/rows/memory_rows.h"

#include "catalog/rows/audit_conformance.h"
#include "catalog/rows/row_store_conformance.h"

namespace sluice::catalog::rows {
namespace {

/// Hands all calls to one store, as an owner of the same rows.
class Shared final : public RowStore {
 public:
  explicit Shared(RowStore& rows) : rows_(rows) {}
  Result<std::int64_t> Version() override { return rows_.Version(); }
  Status Read(const ReadBody& body) override { return rows_.Read(body); }
  Status Write(const WriteBody& body) override { return rows_.Write(body); }

 private:
  RowStore& rows_;
};

class SharedAudit final : public AuditStore {
 public:
  explicit SharedAudit(AuditStore& audit) : audit_(audit) {}
  Status Append(std::span<const AuditRow> rows) override { return audit_.Append(rows); }
  Result<std::vector<AuditRow>> Select(const AuditRange& range, std::size_t limit,
                                       const AuditRow* after) override {
    return audit_.Select(range, limit, after);
  }
  Result<std::int64_t> DeleteBefore(std::int64_t at_ms) override {
    return audit_.DeleteBefore(at_ms);
  }

 private:
  AuditStore& audit_;
};

class MemoryFixture {
 public:
  static const char* Skipped() { return nullptr; }
  std::unique_ptr<RowStore> Open() { return std::make_unique<Shared>(*rows_); }
  std::unique_ptr<AuditStore> OpenAudit() { return std::make_unique<SharedAudit>(*audit_); }

 private:
  std::unique_ptr<RowStore> rows_ = MakeMemoryRows();
  std::unique_ptr<AuditStore> audit_ = MakeMemoryAudit();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RowStoreConformance, MemoryFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AuditConformance, MemoryFixture);

}  // namespace
}  // namespace sluice::catalog::rows
