// gzip in independent blocks: each buffer is deflated on its own, by any thread, and the blocks
// joined in order are one gzip member (RFC 1952), as its checksum can be combined from theirs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::http {

struct DeflatedBlock {
  std::string bytes;        ///< Ends at a byte border; not the last of a stream.
  std::uint32_t crc = 0;    ///< CRC-32 of the plain bytes.
  std::int64_t length = 0;  ///< Of the plain bytes.
};

/// Thread-safe. Errors: kInternal when zlib refuses (out of memory).
Result<DeflatedBlock> Deflate(std::string_view plain);

/// Frames blocks into a member. Not thread-safe.
class GzipFrame {
 public:
  /// What comes before the first block.
  static std::string_view Header();
  /// Counts a block in; its bytes go out as they are.
  void Add(const DeflatedBlock& block);
  /// What comes after the last block.
  std::string Trailer() const;

 private:
  std::uint32_t crc_ = 0;
  std::uint32_t length_ = 0;
};

/// A whole member.
Result<std::string> Gzip(std::string_view plain);

/// Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3): named, or by `*`, with a weight
/// that is not 0.
bool AcceptsGzip(std::string_view accept_encoding);

/// Whether bodies of this type shrink: text and JSON.
bool IsCompressible(std::string_view content_type);

}  // namespace sluice::http
