#include "delta/key_index.h"

#include <bit>

namespace sluice::delta {
namespace {

// A slot: 24 bits of the hash, 24 bits of the batch, 16 bits of the row.
constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
constexpr int kRowBits = 16;
constexpr int kBatchBits = 24;
constexpr int kPlaceBits = kRowBits + kBatchBits;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;

std::uint64_t TagOf(std::uint64_t hash) {
  return hash >> kPlaceBits;
}

std::uint64_t Pack(std::size_t batch, std::int64_t row) {
  return (static_cast<std::uint64_t>(batch) << kRowBits) | static_cast<std::uint64_t>(row);
}

KeyIndex::Place Unpack(std::uint64_t slot) {
  const auto place = slot & kPlaceMask;
  return {static_cast<std::size_t>(place >> kRowBits),
          static_cast<std::int64_t>(place & ((1U << kRowBits) - 1))};
}

std::size_t LiveRows(const std::vector<LiveBatch>& batches, std::size_t first) {
  std::size_t rows = 0;
  for (std::size_t i = first; i < batches.size(); ++i) {
    rows += static_cast<std::size_t>(batches[i].num_live);
  }
  return rows;
}

/// Slots for `rows` entries with room to grow, at most 70 % full.
std::size_t SlotsFor(std::size_t rows) {
  return std::bit_ceil(rows + rows / 2 + 1024);
}

}  // namespace

KeyIndex::KeyIndex(const std::vector<LiveBatch>& batches) {
  Rebuild(batches);
}

void KeyIndex::Insert(const std::vector<LiveBatch>& batches, std::size_t first) {
  if ((used_ + LiveRows(batches, first)) * 10 > slots_.size() * 7) {
    Rebuild(batches);
  } else {
    InsertRows(batches, first);
  }
}

void KeyIndex::Rebuild(const std::vector<LiveBatch>& batches) {
  slots_.assign(SlotsFor(LiveRows(batches, 0)), kEmpty);
  used_ = 0;
  InsertRows(batches, 0);
}

void KeyIndex::InsertRows(const std::vector<LiveBatch>& batches, std::size_t first) {
  for (std::size_t i = first; i < batches.size(); ++i) {
    BatchKeys keys(*batches[i].files);
    for (std::int64_t row = 0; row < batches[i].files->num_rows(); ++row) {
      if (batches[i].IsLive(row)) Put(HashOf(keys.At(row)), Pack(i, row));
    }
  }
}

void KeyIndex::Put(std::uint64_t hash, std::uint64_t place) {
  const auto mask = slots_.size() - 1;
  auto slot = static_cast<std::size_t>(hash) & mask;
  while (slots_[slot] != kEmpty) slot = (slot + 1) & mask;
  slots_[slot] = (TagOf(hash) << kPlaceBits) | place;
  ++used_;
}

std::vector<KeyIndex::Place> KeyIndex::Find(FileKeyView key,
                                            const std::vector<LiveBatch>& batches) const {
  std::vector<Place> places;
  const auto hash = HashOf(key);
  const auto mask = slots_.size() - 1;
  for (auto slot = static_cast<std::size_t>(hash) & mask; slots_[slot] != kEmpty;
       slot = (slot + 1) & mask) {
    if (TagOf(slots_[slot] & ~kPlaceMask) != TagOf(hash & ~kPlaceMask)) continue;
    const auto place = Unpack(slots_[slot]);
    const auto& batch = batches[place.batch];
    if (batch.IsLive(place.row) && BatchKeys(*batch.files).At(place.row) == key) {
      places.push_back(place);
    }
  }
  return places;
}

std::int64_t KeyIndex::memory_bytes() const {
  return static_cast<std::int64_t>(slots_.capacity() * sizeof(std::uint64_t));
}

}  // namespace sluice::delta
