#include "delta/roaring_check.h"

#include <bit>
#include <cstring>
#include <vector>

namespace sluice::delta {
namespace {

// The portable format's constants (RoaringFormatSpec, "Standard 32-bit Roaring Bitmap").
constexpr std::uint32_t kCookieWithoutRuns = 12346;
constexpr std::uint32_t kCookieWithRuns = 12347;
constexpr std::uint32_t kOffsetsFrom = 4;  ///< With runs, offsets are kept from so many containers.
constexpr std::uint32_t kMaxArray = 4096;
constexpr std::size_t kBitsetBytes = 8192;

/// Little-endian numbers off the front of a text; `ok` turns false past its end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Take() {
    Number number = 0;
    const std::string_view raw = Bytes(sizeof(Number));
    if (!raw.empty()) std::memcpy(&number, raw.data(), sizeof(Number));
    return number;
  }
  std::string_view Bytes(std::size_t count) {
    if (count > bytes_.size() - position_) {
      ok_ = false;
      return {};
    }
    position_ += count;
    return bytes_.substr(position_ - count, count);
  }
  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

struct Container {
  std::uint16_t key = 0;
  std::uint32_t cardinality = 0;
  bool runs = false;
};

bool CheckArray(ByteReader* in, const Container& container) {
  std::int32_t last = -1;
  for (std::uint32_t i = 0; i < container.cardinality; ++i) {
    const auto value = in->Take<std::uint16_t>();
    if (!in->ok() || value <= last) return false;
    last = value;
  }
  return true;
}

bool CheckBitset(ByteReader* in, const Container& container) {
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < kBitsetBytes / 8; ++i) {
    found += static_cast<std::uint32_t>(std::popcount(in->Take<std::uint64_t>()));
  }
  return in->ok() && found == container.cardinality;
}

bool CheckRuns(ByteReader* in, const Container& container) {
  const auto count = in->Take<std::uint16_t>();
  std::int64_t last = -1;
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::int64_t begin = in->Take<std::uint16_t>();
    const std::int64_t length = in->Take<std::uint16_t>();
    if (!in->ok() || begin <= last || begin + length > 0xFFFF) return false;
    last = begin + length;
    found += static_cast<std::uint32_t>(length) + 1;
  }
  return in->ok() && found == container.cardinality;
}

/// Reads cookie, keys and cardinalities; leaves `in` at the first container's bytes.
Result<std::vector<Container>> ReadHeader(ByteReader* in) {
  const auto cookie = in->Take<std::uint32_t>();
  const bool with_runs = (cookie & 0xFFFF) == kCookieWithRuns;
  if (!with_runs && cookie != kCookieWithoutRuns) {
    return Fail(ErrorKind::kCorrupt, "roaring bitmap begins with the unknown cookie {}", cookie);
  }
  const std::uint32_t count = with_runs ? (cookie >> 16) + 1 : in->Take<std::uint32_t>();
  if (count > 0x10000) {
    return Fail(ErrorKind::kCorrupt, "roaring bitmap claims {} containers", count);
  }
  const std::string_view run_flags = with_runs ? in->Bytes((count + 7) / 8) : std::string_view();
  std::vector<Container> containers(count);
  std::int32_t last_key = -1;
  for (std::uint32_t i = 0; i < count && in->ok(); ++i) {
    containers[i].key = in->Take<std::uint16_t>();
    containers[i].cardinality = std::uint32_t{in->Take<std::uint16_t>()} + 1;
    containers[i].runs =
        with_runs && in->ok() && ((static_cast<unsigned char>(run_flags[i / 8]) >> (i % 8)) & 1);
    if (containers[i].key <= last_key) {
      return Fail(ErrorKind::kCorrupt, "roaring bitmap has keys out of order");
    }
    last_key = containers[i].key;
  }
  if (!with_runs || count >= kOffsetsFrom) in->Bytes(std::size_t{count} * 4);
  if (!in->ok()) return Fail(ErrorKind::kCorrupt, "roaring bitmap ends within its header");
  return containers;
}

}  // namespace

Result<RoaringExtent> CheckRoaring(std::string_view bytes) {
  ByteReader in(bytes);
  SLUICE_TRY(const std::vector<Container> containers, ReadHeader(&in));
  RoaringExtent extent;
  for (const Container& container : containers) {
    const bool good = container.runs                       ? CheckRuns(&in, container)
                      : container.cardinality <= kMaxArray ? CheckArray(&in, container)
                                                           : CheckBitset(&in, container);
    if (!good) {
      return Fail(ErrorKind::kCorrupt, "roaring container of key {} is cut short or contradictory",
                  container.key);
    }
    extent.cardinality += container.cardinality;
  }
  extent.bytes = in.position();
  return extent;
}

}  // namespace sluice::delta
