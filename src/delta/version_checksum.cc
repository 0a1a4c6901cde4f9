#include "delta/version_checksum.h"

#include <simdjson.h>

namespace sluice::delta {
namespace {

/// A checksum may carry every file of a small table.
constexpr std::int64_t kMaxChecksumBytes = 64 << 20;

VersionChecksum TotalsOf(const SnapshotParts& parts) {
  VersionChecksum totals;
  for (const auto& batch : parts.batches) {
    totals.files += batch.num_live;
    totals.bytes += LiveSizeBytes(batch);
  }
  return totals;
}

}  // namespace

Result<std::optional<VersionChecksum>> ReadChecksum(const storage::ObjectStore& store,
                                                    const LogFile& file) {
  const auto text = store.Read(file.meta.key, kMaxChecksumBytes);
  if (!text) {
    const auto kind = text.error().kind;
    if (kind == ErrorKind::kUnavailable || kind == ErrorKind::kPermissionDenied) {
      return Fail(text.error());
    }
    return std::nullopt;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  VersionChecksum said;
  const auto* data = reinterpret_cast<const char*>((*text)->data());
  if (parser.parse(data, static_cast<std::size_t>((*text)->size())).get(root) !=
          simdjson::SUCCESS ||
      root["numFiles"].get(said.files) != simdjson::SUCCESS ||
      root["tableSizeBytes"].get(said.bytes) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return said;
}

Status CompareChecksum(const VersionChecksum& said, const SnapshotParts& parts) {
  const VersionChecksum found = TotalsOf(parts);
  if (found == said) return {};
  return Fail(ErrorKind::kCorrupt,
              "says that version {} has {} files of {} bytes in all; the log has {} files of {} "
              "bytes. One of them is damaged (if it is the checksum, it can be deleted)",
              parts.version, said.files, said.bytes, found.files, found.bytes);
}

}  // namespace sluice::delta
