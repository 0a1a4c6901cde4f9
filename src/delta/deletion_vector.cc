#include "delta/deletion_vector.h"

#include <zlib.h>

#include <cstring>
#include <roaring/roaring64map.hh>

#include "base/encoding.h"
#include "delta/roaring_check.h"

namespace roaring {}
using namespace roaring;  // Newer versions of the library have moved there.

namespace sluice::delta {

struct DeletedRows::Bitmap {
  Roaring64Map rows;
};

namespace {

constexpr std::uint32_t kNativeMagic = 1681511376;
constexpr std::uint32_t kPortableMagic = 1681511377;

template <typename Number>
Number LittleEndian(std::string_view bytes) {
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof(Number));
  return number;
}

std::uint32_t BigEndian32(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

template <typename Number>
void AppendLittleEndian(Number number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof(Number));
}

/// The buckets of either form, collected as the portable form without its empty buckets.
class BucketCollector {
 public:
  /// Checks the bucket at the front of `bytes` and takes it; returns its length.
  Result<std::size_t> Add(std::uint32_t key, std::string_view bytes) {
    SLUICE_TRY(const RoaringExtent extent, CheckRoaring(bytes));
    if (extent.cardinality > 0) {
      AppendLittleEndian(key, &buckets_);
      buckets_.append(bytes.substr(0, extent.bytes));
      ++count_;
      cardinality_ += extent.cardinality;
      SLUICE_RETURN_IF_ERROR(CheckSize(bytes, extent));
    }
    return extent.bytes;
  }

  std::int64_t cardinality() const { return cardinality_; }

  Result<std::shared_ptr<const DeletedRows::Bitmap>> Finish() {
    std::string portable;
    AppendLittleEndian(count_, &portable);
    portable.append(buckets_);
    try {
      return std::make_shared<const DeletedRows::Bitmap>(DeletedRows::Bitmap{
          Roaring64Map::readSafe(portable.data(), portable.size() - sizeof(count_))});
    } catch (const std::exception& error) {
      return Fail(ErrorKind::kCorrupt, "deletion vector does not decode: {}", error.what());
    }
  }

 private:
  /// Roaring64Map finds the next bucket by what the library would write for the one before, so
  /// the two must agree.
  static Status CheckSize(std::string_view bytes, const RoaringExtent& extent) {
    try {
      const Roaring bitmap = Roaring::readSafe(bytes.data(), extent.bytes);
      if (bitmap.getSizeInBytes(true) == extent.bytes) return {};
    } catch (const std::exception& error) {
      return Fail(ErrorKind::kCorrupt, "deletion vector does not decode: {}", error.what());
    }
    return Fail(ErrorKind::kCorrupt, "deletion vector holds a bitmap that is not canonical");
  }

  std::string buckets_;
  std::uint64_t count_ = 0;
  std::int64_t cardinality_ = 0;
};

tl::unexpected<Error> CutShort() {
  return Fail(ErrorKind::kCorrupt, "deletion vector ends within a bucket");
}

Status ReadPortable(std::string_view bytes, BucketCollector* out) {
  if (bytes.size() < 8) return CutShort();
  const auto count = LittleEndian<std::uint64_t>(bytes);
  bytes.remove_prefix(8);
  std::int64_t last_key = -1;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (bytes.size() < 4) return CutShort();
    const auto key = LittleEndian<std::uint32_t>(bytes);
    bytes.remove_prefix(4);
    if (key <= last_key || key > 0x7FFFFFFF) {
      return Fail(ErrorKind::kCorrupt, "deletion vector has bucket keys out of order");
    }
    last_key = key;
    SLUICE_TRY(const std::size_t used, out->Add(key, bytes));
    bytes.remove_prefix(used);
  }
  return {};
}

Status ReadNative(std::string_view bytes, BucketCollector* out) {
  if (bytes.size() < 4) return CutShort();
  const auto count = LittleEndian<std::uint32_t>(bytes);
  bytes.remove_prefix(4);
  for (std::uint32_t key = 0; key < count; ++key) {
    if (bytes.size() < 4) return CutShort();
    const auto size = LittleEndian<std::uint32_t>(bytes);
    bytes.remove_prefix(4);
    if (size > bytes.size()) return CutShort();
    SLUICE_TRY(const std::size_t used, out->Add(key, bytes.substr(0, size)));
    if (used != size) return Fail(ErrorKind::kCorrupt, "deletion vector misstates a bucket's size");
    bytes.remove_prefix(size);
  }
  return {};
}

}  // namespace

std::int64_t DeletedRows::cardinality() const {
  return static_cast<std::int64_t>(rows_->rows.cardinality());
}

bool DeletedRows::Contains(std::int64_t row) const {
  return rows_->rows.contains(static_cast<std::uint64_t>(row));
}

std::int64_t DeletedRows::CountIn(std::int64_t begin, std::int64_t count) const {
  if (count <= 0) return 0;
  const std::uint64_t up_to_end = rows_->rows.rank(static_cast<std::uint64_t>(begin + count - 1));
  const std::uint64_t before =
      begin > 0 ? rows_->rows.rank(static_cast<std::uint64_t>(begin - 1)) : 0;
  return static_cast<std::int64_t>(up_to_end - before);
}

std::int64_t DeletedRows::KeepMask(std::int64_t begin, std::int64_t count,
                                   std::uint8_t* keep) const {
  if (count <= 0) return 0;
  std::memset(keep, 0xFF, static_cast<std::size_t>((count + 7) / 8));
  if (count % 8 != 0) keep[count / 8] = static_cast<std::uint8_t>((1U << (count % 8)) - 1);
  if (rows_->rows.isEmpty()) return count;
  std::int64_t kept = count;
  const auto end = static_cast<std::uint64_t>(begin + count);
  auto row = rows_->rows.begin();
  if (!row.move(static_cast<std::uint64_t>(begin))) return count;
  for (; row != rows_->rows.end() && *row < end; ++row) {
    const std::uint64_t bit = *row - static_cast<std::uint64_t>(begin);
    keep[bit / 8] = static_cast<std::uint8_t>(keep[bit / 8] & ~(1U << (bit % 8)));
    --kept;
  }
  return kept;
}

DeletedRows DeletedRows::Without(const DeletedRows& others) const {
  return DeletedRows(std::make_shared<const Bitmap>(Bitmap{rows_->rows - others.rows_->rows}));
}

Result<std::string> InlineDeletionVectorBytes(const DeletionVector& vector) {
  auto bytes = Z85Decode(vector.path_or_inline);
  if (!bytes) {
    return Fail(ErrorKind::kCorrupt, "inline deletion vector: {}", bytes.error().message);
  }
  // Z85 codes whole blocks of four bytes; the last may be filled up.
  const auto size = static_cast<std::size_t>(std::max(vector.size_in_bytes, 0));
  if (size == 0 || size > bytes->size() || bytes->size() - size > 3) {
    return Fail(ErrorKind::kCorrupt, "inline deletion vector holds {} bytes, not {}", bytes->size(),
                vector.size_in_bytes);
  }
  bytes->resize(size);
  return bytes;
}

Result<std::string_view> DeletionVectorRecord(const DeletionVector& vector, std::string_view file) {
  if (vector.size_in_bytes <= 0) {
    return Fail(ErrorKind::kCorrupt, "deletion vector of {} bytes", vector.size_in_bytes);
  }
  const auto size = static_cast<std::size_t>(vector.size_in_bytes);
  if (file.size() < size + 8) {
    return Fail(ErrorKind::kCorrupt, "deletion vector file ends before the record at byte {} does",
                vector.offset.value_or(0));
  }
  if (const std::uint32_t stated = BigEndian32(file); stated != size) {
    return Fail(ErrorKind::kCorrupt,
                "deletion vector record at byte {} says {} bytes, the log says {}",
                vector.offset.value_or(0), stated, size);
  }
  const std::string_view bitmap = file.substr(4, size);
  const std::uint32_t checksum = BigEndian32(file.substr(4 + size));
  const auto actual = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bitmap.data()), static_cast<uInt>(size)));
  if (checksum != actual) {
    return Fail(ErrorKind::kCorrupt, "deletion vector record at byte {} fails its checksum",
                vector.offset.value_or(0));
  }
  return bitmap;
}

Result<DeletedRows> DecodeDeletionVector(const DeletionVector& vector, std::string_view bitmap) {
  if (bitmap.size() < 4) return CutShort();
  const auto magic = LittleEndian<std::uint32_t>(bitmap);
  const std::string_view buckets = bitmap.substr(4);
  BucketCollector collector;
  if (magic == kPortableMagic) {
    SLUICE_RETURN_IF_ERROR(ReadPortable(buckets, &collector));
  } else if (magic == kNativeMagic) {
    SLUICE_RETURN_IF_ERROR(ReadNative(buckets, &collector));
  } else {
    return Fail(ErrorKind::kCorrupt, "deletion vector begins with the unknown number {}", magic);
  }
  if (collector.cardinality() != vector.cardinality) {
    return Fail(ErrorKind::kCorrupt, "deletion vector lists {} rows, the log says {}",
                collector.cardinality(), vector.cardinality);
  }
  SLUICE_TRY(auto rows, collector.Finish());
  return DeletedRows(std::move(rows));
}

}  // namespace sluice::delta
