#include "catalog/rows/memory_rows.h"

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

class MemoryFixture {
 public:
  static const char* Skipped() { return nullptr; }
  std::unique_ptr<RowStore> Open() { return std::make_unique<Shared>(*rows_); }

 private:
  std::unique_ptr<RowStore> rows_ = MakeMemoryRows();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RowStoreConformance, MemoryFixture);

}  // namespace
}  // namespace sluice::catalog::rows
