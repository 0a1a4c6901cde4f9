// Deletion vectors: the rows of one data file that are deleted, decoded from any storage.
// Format: PROTOCOL.md of delta-io/delta, "Deletion Vectors", and its "Deletion Vector Format".
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "delta/actions.h"

namespace sluice::delta {

/// Immutable and thread-safe.
class DeletedRows {
 public:
  struct Bitmap;  ///< Hides the roaring library, whose namespace depends on its version.
  explicit DeletedRows(std::shared_ptr<const Bitmap> rows) : rows_(std::move(rows)) {}
  std::int64_t cardinality() const;
  bool Contains(std::int64_t row) const;
  /// How many of the rows [begin, begin + count) are deleted.
  std::int64_t CountIn(std::int64_t begin, std::int64_t count) const;
  /// Sets bit i of `keep` (least significant bit first) for each row begin + i, i < count, that is
  /// not deleted; clears the others. Returns the number of rows kept.
  std::int64_t KeepMask(std::int64_t begin, std::int64_t count, std::uint8_t* keep) const;
  /// Those of these rows that `others` does not name.
  DeletedRows Without(const DeletedRows& others) const;

 private:
  std::shared_ptr<const Bitmap> rows_;
};

/// The bytes of an inline vector: the text of `pathOrInlineDv`, decoded.
Result<std::string> InlineDeletionVectorBytes(const DeletionVector& vector);

/// Takes the record (size, bitmap, CRC-32) out of the bytes of a deletion-vector file that begin at
/// `vector.offset`, and checks size and checksum. Errors: kCorrupt.
Result<std::string_view> DeletionVectorRecord(const DeletionVector& vector, std::string_view file);

/// Decodes a bitmap (both the portable and the native array form) and checks the cardinality.
/// Errors: kCorrupt.
Result<DeletedRows> DecodeDeletionVector(const DeletionVector& vector, std::string_view bitmap);

}  // namespace sluice::delta
