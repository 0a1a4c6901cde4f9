#include "delta/last_checkpoint.h"

#include <simdjson.h>

#include "delta/log_file.h"

namespace sluice::delta {
namespace {

/// The hint may carry a checkpoint's schema and a whole v2 manifest.
constexpr std::int64_t kMaxHintBytes = 16 << 20;

}  // namespace

Result<std::optional<std::int64_t>> ReadLastCheckpoint(const storage::ObjectStore& store) {
  const auto buffer = store.Read(kLastCheckpointKey, kMaxHintBytes);
  if (!buffer) {
    const auto kind = buffer.error().kind;
    if (kind == ErrorKind::kUnavailable || kind == ErrorKind::kPermissionDenied) {
      return Fail(buffer.error());
    }
    return std::nullopt;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::int64_t version = 0;
  const auto* data = reinterpret_cast<const char*>((*buffer)->data());
  if (parser.parse(data, static_cast<std::size_t>((*buffer)->size())).get(root) !=
          simdjson::SUCCESS ||
      root["version"].get(version) != simdjson::SUCCESS || version < 0) {
    return std::nullopt;
  }
  return version;
}

}  // namespace sluice::delta
