#include "client/deletion_vector_source.h"

namespace sluice::client {
namespace {

constexpr std::int32_t kMaxBytes = 512 << 20;
constexpr std::int64_t kRecordOverhead = 8;  ///< Size and checksum around the bitmap.

delta::DeletionVector ToDelta(const protocol::DeletionVector& vector) {
  delta::DeletionVector out;
  out.storage_type = vector.storage_type;
  out.path_or_inline = vector.path_or_inline;
  out.offset = vector.offset;
  out.size_in_bytes = vector.size_in_bytes;
  out.cardinality = vector.cardinality;
  return out;
}

Result<delta::DeletedRows> ReadInline(const delta::DeletionVector& vector) {
  SLUICE_TRY(const std::string bitmap, delta::InlineDeletionVectorBytes(vector));
  return delta::DecodeDeletionVector(vector, bitmap);
}

Result<delta::DeletedRows> ReadRemote(const delta::DeletionVector& vector, const std::string& key,
                                      const ReadBytes& read) {
  if (vector.size_in_bytes <= 0 || vector.offset.value_or(0) < 0) {
    return Fail(ErrorKind::kCorrupt, "deletion vector of {} bytes at byte {}", vector.size_in_bytes,
                vector.offset.value_or(0));
  }
  if (vector.size_in_bytes > kMaxBytes) {
    return Fail(ErrorKind::kTooLarge, "deletion vector of {} bytes, more than {}",
                vector.size_in_bytes, kMaxBytes);
  }
  FileRead range;
  range.key = key;
  range.what = FileRead::Of::kDeletionVector;
  range.begin = vector.offset.value_or(0);
  range.length = std::int64_t{vector.size_in_bytes} + kRecordOverhead;
  SLUICE_TRY(const auto record, read(range));
  SLUICE_TRY(const std::string_view bitmap,
             delta::DeletionVectorRecord(vector, static_cast<std::string_view>(*record)));
  return delta::DecodeDeletionVector(vector, bitmap);
}

Result<delta::DeletedRows> Read(const protocol::DeletionVector& vector, const std::string& key,
                                const ReadBytes& read) {
  if (vector.storage_type == 'i') return ReadInline(ToDelta(vector));
  if (vector.storage_type == 'p') return ReadRemote(ToDelta(vector), key, read);
  return Fail(ErrorKind::kMalformed,
              "the server gives no URL for a deletion vector of storage type '{}'",
              vector.storage_type);
}

}  // namespace

Result<std::optional<RowSelection>> SelectRows(const FileTask& task, const ReadBytes& read) {
  if (!task.deletion_vector) return std::nullopt;
  SLUICE_TRY(auto rows, Read(*task.deletion_vector, task.key, read));
  const auto& other = task.other_vector;
  if (other && other->vector) {
    SLUICE_TRY(const auto others, Read(*other->vector, other->key, read));
    rows = rows.Without(others);
  }
  return RowSelection{std::move(rows), other.has_value()};
}

}  // namespace sluice::client
