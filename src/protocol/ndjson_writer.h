// Lines of an answer, in both response formats. Each call appends one line with its newline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/types.h"

namespace sluice::protocol {

/// Inner objects that the table's log describes; in the delta format they are passed on as given.
struct MetadataView {
  std::string_view delta_metadata_json;  ///< The log's metaData object (delta format).
  // The parquet format's fields:
  std::string_view id;
  std::optional<std::string_view> name;
  std::optional<std::string_view> description;
  std::string_view schema_string;
  std::vector<std::string_view> partition_columns;
  std::vector<std::pair<std::string_view, std::string_view>> configuration;
  // Both formats:
  std::optional<std::int64_t> version;  ///< Given when a version or timestamp was asked for.
  std::optional<std::int64_t> size;
  std::optional<std::int64_t> num_files;
  std::vector<std::string_view> access_modes;  ///< Empty: not told.
  std::string_view location;                   ///< Of the table's directory; empty: not told.
};

struct ProtocolView {
  std::string_view delta_protocol_json;  ///< The log's protocol object (delta format).
  /// Delta format only: given when historical protocols were asked for.
  std::optional<std::int64_t> version;
};

/// Parquet format: always minReaderVersion 1.
void AppendProtocolLine(ResponseFormat format, const ProtocolView& protocol, std::string* out);
void AppendMetadataLine(ResponseFormat format, const MetadataView& metadata, std::string* out);
/// A file of a snapshot or of changes. Changes have a version and a timestamp. Statistics are
/// written for `kFile` and `kAdd`, deletion vectors in the delta format.
void AppendFileLine(ResponseFormat format, const FileView& file, std::string* out);
void AppendEndStreamLine(const EndStreamAction& action, std::string* out);
void AppendQueryStatusLine(const QueryStatus& status, std::string* out);

/// Bodies of listings: {"items":[…],"nextPageToken":…}; an empty token is left out.
std::string FormatShares(const std::vector<Share>& items, std::string_view next_page_token);
std::string FormatSchemas(const std::vector<Schema>& items, std::string_view next_page_token);
std::string FormatTables(const std::vector<Table>& items, std::string_view next_page_token);
/// {"share":{…}}
std::string FormatShare(const Share& share);
/// {"credentials":{…}}
std::string FormatCredentials(const TemporaryCredentials& credentials);
/// {"errorCode":…,"message":…}
std::string FormatError(std::string_view error_code, std::string_view message);

}  // namespace sluice::protocol
