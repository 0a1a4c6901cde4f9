// Deletion vectors: the text of an inline one, a bitmap, and a file of any bytes.
#include "delta/deletion_vector.h"
#include "fuzz.h"

namespace {

using namespace sluice;
using namespace sluice::delta;

void CheckBitmap(DeletionVector vector, std::string_view bitmap) {
  // The cardinality that fits is found from the error's side: most guesses are refused.
  for (const std::int64_t cardinality : {0, 1, 2, 6}) {
    vector.cardinality = cardinality;
    const auto rows = DecodeDeletionVector(vector, bitmap);
    if (!rows) {
      fuzz::CheckError(rows.error());
      continue;
    }
    fuzz::Require(rows->cardinality() == cardinality);
    std::uint8_t keep[16];
    const std::int64_t kept = rows->KeepMask(0, 128, keep);
    fuzz::Require(kept + rows->CountIn(0, 128) == 128);
    for (std::int64_t row = 0; row < 128; ++row) {
      fuzz::Require((((keep[row >> 3] >> (row & 7)) & 1) == 0) == rows->Contains(row));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::AsText(data, size);
  DeletionVector vector;
  vector.storage_type = 'i';
  vector.path_or_inline = bytes;
  vector.size_in_bytes = static_cast<std::int32_t>(bytes.size());
  CheckBitmap(vector, bytes);
  if (const auto inlined = InlineDeletionVectorBytes(vector)) {
    CheckBitmap(vector, *inlined);
  } else {
    fuzz::CheckError(inlined.error());
  }
  vector.storage_type = 'u';
  vector.offset = 1;
  vector.size_in_bytes = static_cast<std::int32_t>(bytes.size()) - 9;
  if (const auto record = DeletionVectorRecord(vector, bytes)) {
    CheckBitmap(vector, *record);
  } else {
    fuzz::CheckError(record.error());
  }
  return 0;
}
