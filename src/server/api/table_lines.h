// The lines that say what a table is: protocol and metaData, the first two of most answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "delta/snapshot.h"
#include "protocol/types.h"

namespace sluice::api {

/// `with_version`: a version was asked for, so the metadata says which.
void AppendTableLines(const delta::Snapshot& snapshot, protocol::ResponseFormat format,
                      bool with_version, std::string* out);

/// Numbers that a metadata line may carry.
struct TableNumbers {
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> size;
  std::optional<std::int64_t> num_files;
};

void AppendMetadata(const delta::Metadata& metadata, protocol::ResponseFormat format,
                    const TableNumbers& numbers, std::string* out);

/// The version is shown in the delta format only.
void AppendProtocol(const delta::Protocol& protocol, protocol::ResponseFormat format,
                    std::optional<std::int64_t> version, std::string* out);

}  // namespace sluice::api
