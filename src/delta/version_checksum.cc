#include "delta/version_checksum.h"

#include <simdjson.h>

#include "base/log.h"

namespace sluice::delta {
namespace {

/// A checksum may carry every file of a small table.
constexpr std::int64_t kMaxChecksumBytes = 64 << 20;

struct FileTotals {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  bool operator==(const FileTotals&) const = default;
};

std::optional<FileTotals> ParseTotals(const arrow::Buffer& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  FileTotals totals;
  const auto* data = reinterpret_cast<const char*>(text.data());
  if (parser.parse(data, static_cast<std::size_t>(text.size())).get(root) != simdjson::SUCCESS ||
      root["numFiles"].get(totals.files) != simdjson::SUCCESS ||
      root["tableSizeBytes"].get(totals.bytes) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return totals;
}

FileTotals TotalsOf(const SnapshotParts& parts) {
  FileTotals totals;
  for (const auto& batch : parts.batches) {
    totals.files += batch.num_live;
    totals.bytes += LiveSizeBytes(batch);
  }
  return totals;
}

}  // namespace

Status VerifyChecksum(const storage::ObjectStore& store, const LogFile& checksum,
                      const SnapshotParts& parts) {
  const auto text = store.Read(checksum.meta.key, kMaxChecksumBytes);
  if (!text) {
    const auto kind = text.error().kind;
    if (kind == ErrorKind::kUnavailable || kind == ErrorKind::kPermissionDenied) {
      return Fail(text.error());
    }
  }
  const auto said = text ? ParseTotals(**text) : std::nullopt;
  if (!said) {
    spdlog::debug("{}: the checksum {} is passed over", store.Describe(), checksum.meta.key);
    return {};
  }
  const FileTotals found = TotalsOf(parts);
  if (found == *said) return {};
  return Fail(
      ErrorKind::kCorrupt,
      "{}: says that version {} has {} files of {} bytes in all; the log has {} files of {} "
      "bytes. One of them is damaged (if it is the checksum, it can be deleted)",
      checksum.meta.key, parts.version, said->files, said->bytes, found.files, found.bytes);
}

}  // namespace sluice::delta
