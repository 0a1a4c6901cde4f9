// The lines that say what a table is: protocol and metaData, the first two of most answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "delta/snapshot.h"
#include "protocol/types.h"

namespace sluice::api {

struct TableLines {
  const delta::Snapshot& snapshot;
  protocol::ResponseFormat format;
  bool with_version = false;   ///< A version was asked for, so the metadata says which.
  std::string_view directory;  ///< As SharedTable::directory.
};
void AppendTableLines(const TableLines& lines, std::string* out);

/// What a metadata line may carry beside the log's metadata.
struct TableFacts {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> size;
  std::optional<std::int64_t> num_files;
  std::string_view directory;  ///< As SharedTable::directory.
};

void AppendMetadata(const delta::Metadata& metadata, protocol::ResponseFormat format,
                    const TableFacts& facts, std::string* out);

/// The version is shown in the delta format only.
void AppendProtocol(const delta::Protocol& protocol, protocol::ResponseFormat format,
                    std::optional<std::int64_t> version, std::string* out);

}  // namespace sluice::api
