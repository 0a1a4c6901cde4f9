#include "server/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "base/ascii.h"

namespace sluice::http {
namespace {

/// A raw deflate stream, kept by each thread: setting one up clears 256 KiB.
class RawDeflate {
 public:
  RawDeflate() {
    // Level 1: what is sent is made while the peer waits, and most of it is URLs.
    ok_ = deflateInit2(&stream_, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~RawDeflate() {
    if (ok_) deflateEnd(&stream_);
  }
  RawDeflate(const RawDeflate&) = delete;
  RawDeflate& operator=(const RawDeflate&) = delete;

  bool Run(std::string_view plain, std::string* out) {
    if (!ok_ || deflateReset(&stream_) != Z_OK) return false;
    // The bound is for a finished stream; a sync flush adds an empty stored block.
    const std::size_t bound = deflateBound(&stream_, static_cast<uLong>(plain.size())) + 16;
    if (bound > std::numeric_limits<uInt>::max()) return false;
    out->resize(bound);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream_.avail_in = static_cast<uInt>(plain.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out->data());
    stream_.avail_out = static_cast<uInt>(out->size());
    if (deflate(&stream_, Z_SYNC_FLUSH) != Z_OK || stream_.avail_in != 0) return false;
    out->resize(stream_.total_out);
    return true;
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

/// "q=0", "q=0.000": refused.
bool HasZeroWeight(std::string_view parameters) {
  const std::size_t equals = parameters.find('=');
  if (equals == std::string_view::npos) return false;
  if (!EqualsIgnoreCase(Trim(parameters.substr(0, equals)), "q")) return false;
  const std::string_view weight = Trim(parameters.substr(equals + 1));
  return weight.find_first_not_of("0.") == std::string_view::npos;
}

void AppendLittleEndian(std::uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

}  // namespace

Result<DeflatedBlock> Deflate(std::string_view plain) {
  thread_local RawDeflate deflater;
  DeflatedBlock block;
  if (!deflater.Run(plain, &block.bytes)) return Fail(ErrorKind::kInternal, "zlib cannot deflate");
  block.crc = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(plain.data()), plain.size()));
  block.length = static_cast<std::int64_t>(plain.size());
  return block;
}

std::string_view GzipFrame::Header() {
  static constexpr std::array<char, 10> kHeader = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 4, 3};
  return {kHeader.data(), kHeader.size()};
}

void GzipFrame::Add(const DeflatedBlock& block) {
  crc_ = static_cast<std::uint32_t>(crc32_combine(crc_, block.crc, block.length));
  length_ += static_cast<std::uint32_t>(block.length);
}

std::string GzipFrame::Trailer() const {
  std::string trailer("\x03\x00", 2);  // A last block with nothing in it.
  AppendLittleEndian(crc_, &trailer);
  AppendLittleEndian(length_, &trailer);
  return trailer;
}

Result<std::string> Gzip(std::string_view plain) {
  SLUICE_TRY(const DeflatedBlock block, Deflate(plain));
  GzipFrame frame;
  frame.Add(block);
  std::string member(GzipFrame::Header());
  member += block.bytes;
  member += frame.Trailer();
  return member;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  bool any = false;
  for (std::size_t begin = 0; begin < accept_encoding.size();) {
    const std::size_t comma = std::min(accept_encoding.find(',', begin), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(begin, comma - begin);
    begin = comma + 1;
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = Trim(item.substr(0, semicolon));
    const bool refused = semicolon < item.size() && HasZeroWeight(item.substr(semicolon + 1));
    if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip")) return !refused;
    if (coding == "*") any = !refused;
  }
  return any;
}

bool IsCompressible(std::string_view content_type) {
  return content_type.starts_with("application/json") ||
         content_type.starts_with("application/x-ndjson") || content_type.starts_with("text/");
}

}  // namespace sluice::http
