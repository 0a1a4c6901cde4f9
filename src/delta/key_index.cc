#include "delta/key_index.h"

#include <algorithm>

#include "delta/file_batch_builder.h"
#include "delta/file_key.h"

namespace sluice::delta {
namespace {

// A slot: 16 bits of the hash, 16 bits of the row.
constexpr std::uint32_t kEmpty = ~std::uint32_t{0};
constexpr int kRowBits = 16;
static_assert(kMaxBatchRows <= std::int64_t{1} << kRowBits);

/// Of the bits that do not choose the slot; never that of an empty one.
std::uint32_t TagOf(std::uint64_t hash) {
  return std::min<std::uint32_t>(static_cast<std::uint32_t>(hash >> 48), 0xFFFE);
}

}  // namespace

std::size_t KeyIndex::FirstSlot(std::uint64_t hash) const {
  return static_cast<std::size_t>((hash & 0xFFFFFFFF) * slots_.size() >> 32);
}

void KeyIndex::Build(const FileBatch& batch) {
  std::call_once(built_, [&] {
    // Three quarters full.
    slots_.assign(static_cast<std::size_t>(batch.num_rows() + batch.num_rows() / 3 + 1), kEmpty);
    BatchKeys keys(batch);
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.path->IsNull(row)) continue;
      const std::uint64_t hash = HashOf(keys.At(row));
      std::size_t slot = FirstSlot(hash);
      while (slots_[slot] != kEmpty) slot = slot + 1 == slots_.size() ? 0 : slot + 1;
      slots_[slot] = TagOf(hash) << kRowBits | static_cast<std::uint32_t>(row);
    }
    bytes_ = static_cast<std::int64_t>(slots_.size() * sizeof(slots_[0]));
  });
}

void KeyIndex::Find(const FileBatch& batch, FileKeyView key, std::uint64_t hash,
                    std::vector<std::int64_t>* rows) const {
  const std::uint32_t tag = TagOf(hash);
  for (std::size_t slot = FirstSlot(hash); slots_[slot] != kEmpty;
       slot = slot + 1 == slots_.size() ? 0 : slot + 1) {
    if (slots_[slot] >> kRowBits != tag) continue;
    const std::int64_t row = slots_[slot] & ((std::uint32_t{1} << kRowBits) - 1);
    if (BatchKeys(batch).At(row) == key) rows->push_back(row);
  }
}

}  // namespace sluice::delta
