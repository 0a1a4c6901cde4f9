// A table whose only file is a checkpoint of any bytes: Parquet or, where it begins like JSON, the
// manifest of a v2 checkpoint.
#include "delta/table.h"
#include "fuzz.h"
#include "storage/memory_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view bytes = fuzz::AsText(data, size);
  const bool manifest = bytes.starts_with('{');
  auto store = std::make_shared<storage::MemoryStore>();
  (void)store->Put(
      manifest
          ? "_delta_log/00000000000000000003.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"
          : "_delta_log/00000000000000000003.checkpoint.parquet",
      bytes, 1);
  const auto snapshot = delta::Table::Make(store, {})->Latest();
  if (!snapshot) {
    fuzz::CheckError(snapshot.error());
    return 0;
  }
  std::int64_t live = 0;
  for (const auto& batch : (*snapshot)->batches()) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (!batch.IsLive(row)) continue;
      ++live;
      fuzz::Require(!batch.files->Row(row).path.empty());
      (void)batch.files->DeletionVectorAt(row);
      (void)batch.files->NumRecordsAt(row);
    }
  }
  fuzz::Require(live == (*snapshot)->num_files());
  return 0;
}
