// Names of the files in `_delta_log`: what each is, and how it is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/object_store.h"

namespace sluice::delta {

inline constexpr std::string_view kLogPrefix = "_delta_log/";
inline constexpr std::string_view kLastCheckpointKey = "_delta_log/_last_checkpoint";
inline constexpr std::string_view kSidecarPrefix = "_delta_log/_sidecars/";

struct LogFile {
  enum class Kind {
    kCommit,             ///< 00000000000000000007.json
    kClassicCheckpoint,  ///< 00000000000000000007.checkpoint.parquet
    kMultiPart,          ///< 00000000000000000007.checkpoint.0000000001.0000000003.parquet
    kUuidParquet,        ///< 00000000000000000007.checkpoint.<uuid>.parquet
    kUuidJson,           ///< 00000000000000000007.checkpoint.<uuid>.json
    kChecksum,           ///< 00000000000000000007.crc
  };
  Kind kind = Kind::kCommit;
  std::int64_t version = 0;
  int part = 1;   ///< From 1; kMultiPart only.
  int parts = 1;  ///< kMultiPart only.
  storage::ObjectMeta meta;
};

/// The file that a key names; nullopt for everything else that may lie in a log (compacted
/// commits, temporary and foreign files, versions past int64).
std::optional<LogFile> ParseLogFile(const storage::ObjectMeta& meta);

/// The error of reading what a listing or another file of the log promised: an object that is not
/// there is missing data.
Error PromisedInLog(Error error);

/// "_delta_log/00000000000000000007.json"
std::string CommitKey(std::int64_t version);
/// "_delta_log/00000000000000000007": sorts before every file of that version and after all
/// earlier ones.
std::string VersionKey(std::int64_t version);

}  // namespace sluice::delta
