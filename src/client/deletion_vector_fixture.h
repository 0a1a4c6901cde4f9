// Deletion vectors for the tests of this folder.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <roaring/roaring.hh>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "delta/deletion_vector.h"

namespace roaring {}
using namespace roaring;  // Newer versions of the library have moved there.

namespace sluice::client {

inline std::uint32_t Crc32(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

using RowNumbers = std::vector<std::uint32_t>;

/// The portable form, with one bucket, of key 0.
inline std::string VectorBitmap(const RowNumbers& rows) {
  const Roaring bitmap(rows.size(), rows.data());
  std::string bytes(
      "\xd1\xd3\x39\x64"
      "\x01\0\0\0\0\0\0\0"
      "\0\0\0\0",
      16);
  std::string body(bitmap.getSizeInBytes(true), '\0');
  bitmap.write(body.data(), true);
  return bytes + body;
}

inline delta::DeletedRows Deleted(const RowNumbers& rows) {
  delta::DeletionVector vector;
  vector.cardinality = static_cast<std::int64_t>(rows.size());
  return delta::DecodeDeletionVector(vector, VectorBitmap(rows)).value();
}

/// A file that holds one vector: version, size, bitmap, CRC-32.
inline std::string VectorFileOf(const std::string& bitmap) {
  return HexDecode(fmt::format("01{:08x}", bitmap.size())).value() + bitmap +
         HexDecode(fmt::format("{:08x}", Crc32(bitmap))).value();
}

/// The descriptor of that file as FakeShare takes it.
inline std::string VectorJson(const std::string& name, const RowNumbers& rows) {
  return fmt::format(
      R"({{"storageType":"p","pathOrInlineDv":"$URL/{}","offset":1,"sizeInBytes":{},)"
      R"("cardinality":{}}})",
      name, VectorBitmap(rows).size(), rows.size());
}

}  // namespace sluice::client
