#include "delta/live_files.h"

#include <bit>
#include <cstring>

namespace sluice::delta {
namespace {

static_assert(std::endian::native == std::endian::little, "bytes and words of bits are one");

LiveBatch WithLive(const LiveBatch& batch, const Bits& live, std::int64_t num_live) {
  LiveBatch out{.files = batch.files, .live = nullptr, .num_live = num_live, .size_bytes = 0};
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(
      static_cast<std::size_t>((batch.files->num_rows() + 7) / 8));
  std::memcpy(bytes->data(), live.data(), bytes->size());
  out.live = std::move(bytes);
  out.size_bytes = LiveSizeBytes(out);
  return out;
}

}  // namespace

Bits LiveBits(const LiveBatch& batch) {
  const std::int64_t rows = batch.files->num_rows();
  Bits bits(BitWords(rows), ~std::uint64_t{0});
  if (batch.live != nullptr) {
    bits.assign(bits.size(), 0);
    std::memcpy(bits.data(), batch.live->data(), static_cast<std::size_t>((rows + 7) / 8));
  }
  if (rows % 64 != 0) bits.back() &= (std::uint64_t{1} << (rows % 64)) - 1;
  return bits;
}

std::shared_ptr<const Snapshot> KeepFiles(const Snapshot& snapshot, const std::vector<Bits>& kept) {
  SnapshotParts parts;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const LiveBatch& batch = snapshot.batches()[i];
    const std::int64_t left = CountBits(kept[i]);
    if (left == 0) continue;
    parts.batches.push_back(left == batch.num_live ? batch : WithLive(batch, kept[i], left));
  }
  parts.version = snapshot.version();
  parts.timestamp_ms = snapshot.timestamp_ms();
  parts.protocol = snapshot.protocol();
  parts.metadata = snapshot.metadata();
  parts.schema = snapshot.schema();
  return std::make_shared<const Snapshot>(std::move(parts));
}

}  // namespace sluice::delta
