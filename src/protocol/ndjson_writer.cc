#include "protocol/ndjson_writer.h"

#include <charconv>

#include "base/encoding.h"

namespace sluice::protocol {
namespace {

void AppendInt(std::int64_t value, std::string* out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value);
  out->append(digits, static_cast<std::size_t>(end.ptr - digits));
}

/// `key` with its punctuation, such as `,"size":`.
void AppendInt(std::string_view key, std::int64_t value, std::string* out) {
  out->append(key);
  AppendInt(value, out);
}

void AppendOptionalInt(std::string_view key, const std::optional<std::int64_t>& value,
                       std::string* out) {
  if (value) AppendInt(key, *value, out);
}

void AppendString(std::string_view key, std::string_view value, std::string* out) {
  out->append(key);
  AppendJsonString(value, out);
}

void AppendOptionalString(std::string_view key, const std::optional<std::string_view>& value,
                          std::string* out) {
  if (value) AppendString(key, *value, out);
}

void AppendPartitionValues(std::string_view key, const std::vector<PartitionValue>& values,
                           std::string* out) {
  out->append(key);
  out->push_back('{');
  bool first = true;
  for (const auto& [name, value] : values) {
    if (!first) out->push_back(',');
    first = false;
    AppendJsonString(name, out);
    out->push_back(':');
    if (value) {
      AppendJsonString(*value, out);
    } else {
      out->append("null");
    }
  }
  out->push_back('}');
}

template <typename Texts>
void AppendStrings(std::string_view key, const Texts& values, std::string* out) {
  out->append(key);
  out->push_back('[');
  bool first = true;
  for (const auto& value : values) {
    if (!first) out->push_back(',');
    first = false;
    AppendJsonString(value, out);
  }
  out->push_back(']');
}

template <typename Texts>
void AppendAccess(std::string_view location, const Texts& modes, std::string* out) {
  if (!location.empty()) AppendString(",\"location\":", location, out);
  if (!modes.empty()) AppendStrings(",\"accessModes\":", modes, out);
}

void AppendParquetMetadata(const MetadataView& metadata, std::string* out) {
  AppendString("{\"metaData\":{\"id\":", metadata.id, out);
  AppendOptionalString(",\"name\":", metadata.name, out);
  AppendOptionalString(",\"description\":", metadata.description, out);
  AppendString(",\"format\":{\"provider\":\"parquet\"},\"schemaString\":", metadata.schema_string,
               out);
  AppendStrings(",\"partitionColumns\":", metadata.partition_columns, out);
  out->append(",\"configuration\":{");
  bool first = true;
  for (const auto& [key, value] : metadata.configuration) {
    if (!first) out->push_back(',');
    first = false;
    AppendJsonString(key, out);
    AppendString(":", value, out);
  }
  out->push_back('}');
  AppendOptionalInt(",\"version\":", metadata.version, out);
  AppendOptionalInt(",\"size\":", metadata.size, out);
  AppendOptionalInt(",\"numFiles\":", metadata.num_files, out);
  AppendAccess(metadata.location, metadata.access_modes, out);
  out->append("}}\n");
}

void AppendDeltaMetadata(const MetadataView& metadata, std::string* out) {
  out->append("{\"metaData\":{");
  if (metadata.version) {
    AppendInt("\"version\":", *metadata.version, out);
    out->push_back(',');
  }
  if (metadata.size) {
    AppendInt("\"size\":", *metadata.size, out);
    out->push_back(',');
  }
  if (metadata.num_files) {
    AppendInt("\"numFiles\":", *metadata.num_files, out);
    out->push_back(',');
  }
  out->append("\"deltaMetadata\":");
  out->append(metadata.delta_metadata_json);
  AppendAccess(metadata.location, metadata.access_modes, out);
  out->append("}}\n");
}

std::string_view ParquetLineStart(FileKind kind) {
  switch (kind) {
    case FileKind::kFile:
      return "{\"file\":{\"url\":";
    case FileKind::kAdd:
      return "{\"add\":{\"url\":";
    case FileKind::kRemove:
      return "{\"remove\":{\"url\":";
    case FileKind::kCdc:
      break;
  }
  return "{\"cdf\":{\"url\":";
}

bool HasStats(const FileView& file) {
  return file.stats && (file.kind == FileKind::kFile || file.kind == FileKind::kAdd);
}

void AppendParquetFile(const FileView& file, std::string* out) {
  AppendString(ParquetLineStart(file.kind), file.url, out);
  AppendString(",\"id\":", file.id, out);
  AppendPartitionValues(",\"partitionValues\":", file.partition_values, out);
  AppendOptionalInt(",\"size\":", file.size, out);
  if (HasStats(file)) AppendString(",\"stats\":", *file.stats, out);
  AppendOptionalInt(",\"version\":", file.version, out);
  AppendOptionalInt(",\"timestamp\":", file.timestamp_ms, out);
  AppendInt(",\"expirationTimestamp\":", file.expires_at_ms, out);
  out->append("}}\n");
}

void AppendDeletionVector(const FileView& file, std::string* out) {
  if (!file.deletion_vector) return;
  const DeletionVectorView& vector = *file.deletion_vector;
  AppendString(",\"deletionVector\":{\"storageType\":", {&vector.storage_type, 1}, out);
  AppendString(",\"pathOrInlineDv\":", vector.path_or_inline, out);
  if (vector.offset) AppendInt(",\"offset\":", *vector.offset, out);
  AppendInt(",\"sizeInBytes\":", vector.size_in_bytes, out);
  AppendInt(",\"cardinality\":", vector.cardinality, out);
  out->push_back('}');
}

void AppendRowIds(const FileView& file, std::string* out) {
  AppendOptionalInt(",\"baseRowId\":", file.base_row_id, out);
  AppendOptionalInt(",\"defaultRowCommitVersion\":", file.default_row_commit_version, out);
}

void AppendAddAction(const FileView& file, std::string* out) {
  AppendString("{\"add\":{\"path\":", file.url, out);
  AppendPartitionValues(",\"partitionValues\":", file.partition_values, out);
  AppendOptionalInt(",\"size\":", file.size, out);
  AppendInt(",\"modificationTime\":", file.modification_time, out);
  out->append(",\"dataChange\":true");
  AppendOptionalString(",\"stats\":", file.stats, out);
  AppendDeletionVector(file, out);
  AppendRowIds(file, out);
  AppendOptionalString(",\"clusteringProvider\":", file.clustering_provider, out);
  out->append("}}");
}

void AppendRemoveAction(const FileView& file, std::string* out) {
  AppendString("{\"remove\":{\"path\":", file.url, out);
  AppendOptionalInt(",\"deletionTimestamp\":", file.deletion_timestamp, out);
  out->append(",\"dataChange\":true");
  if (file.extended_file_metadata) {
    out->append(",\"extendedFileMetadata\":true");
    AppendPartitionValues(",\"partitionValues\":", file.partition_values, out);
  } else {
    out->append(",\"extendedFileMetadata\":false");
  }
  AppendOptionalInt(",\"size\":", file.size, out);
  AppendDeletionVector(file, out);
  AppendRowIds(file, out);
  out->append("}}");
}

void AppendCdcAction(const FileView& file, std::string* out) {
  AppendString("{\"cdc\":{\"path\":", file.url, out);
  AppendPartitionValues(",\"partitionValues\":", file.partition_values, out);
  AppendOptionalInt(",\"size\":", file.size, out);
  out->append(",\"dataChange\":false}}");
}

void AppendDeltaFile(const FileView& file, std::string* out) {
  AppendString("{\"file\":{\"id\":", file.id, out);
  if (!file.deletion_vector_file_id.empty()) {
    AppendString(",\"deletionVectorFileId\":", file.deletion_vector_file_id, out);
  }
  AppendOptionalInt(",\"version\":", file.version, out);
  AppendOptionalInt(",\"timestamp\":", file.timestamp_ms, out);
  AppendInt(",\"expirationTimestamp\":", file.expires_at_ms, out);
  out->append(",\"deltaSingleAction\":");
  switch (file.kind) {
    case FileKind::kFile:
    case FileKind::kAdd:
      AppendAddAction(file, out);
      break;
    case FileKind::kRemove:
      AppendRemoveAction(file, out);
      break;
    case FileKind::kCdc:
      AppendCdcAction(file, out);
      break;
  }
  out->append("}}\n");
}

void AppendShare(const Share& share, std::string* out) {
  AppendString("{\"name\":", share.name, out);
  if (!share.id.empty()) AppendString(",\"id\":", share.id, out);
  if (!share.comment.empty()) AppendString(",\"comment\":", share.comment, out);
  std::string_view before = ",\"properties\":{";
  for (const auto& [key, value] : share.properties) {
    out->append(before);
    AppendJsonString(key, out);
    AppendString(":", value, out);
    before = ",";
  }
  if (!share.properties.empty()) out->push_back('}');
  out->push_back('}');
}

void AppendSchema(const Schema& schema, std::string* out) {
  AppendString("{\"name\":", schema.name, out);
  AppendString(",\"share\":", schema.share, out);
  out->push_back('}');
}

void AppendTable(const Table& table, std::string* out) {
  AppendString("{\"name\":", table.name, out);
  AppendString(",\"schema\":", table.schema, out);
  AppendString(",\"share\":", table.share, out);
  if (!table.share_id.empty()) AppendString(",\"shareId\":", table.share_id, out);
  if (!table.id.empty()) AppendString(",\"id\":", table.id, out);
  AppendAccess(table.location, table.access_modes, out);
  out->push_back('}');
}

template <typename T, typename Append>
std::string FormatList(const std::vector<T>& items, std::string_view next_page_token,
                       Append append) {
  std::string out = "{\"items\":[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.push_back(',');
    append(items[i], &out);
  }
  out.push_back(']');
  if (!next_page_token.empty()) AppendString(",\"nextPageToken\":", next_page_token, &out);
  out.push_back('}');
  return out;
}

}  // namespace

void AppendProtocolLine(ResponseFormat format, const ProtocolView& protocol, std::string* out) {
  if (format == ResponseFormat::kParquet) {
    out->append("{\"protocol\":{\"minReaderVersion\":1}}\n");
    return;
  }
  out->append("{\"protocol\":{");
  if (protocol.version) {
    AppendInt("\"version\":", *protocol.version, out);
    out->push_back(',');
  }
  out->append("\"deltaProtocol\":");
  out->append(protocol.delta_protocol_json);
  out->append("}}\n");
}

void AppendMetadataLine(ResponseFormat format, const MetadataView& metadata, std::string* out) {
  if (format == ResponseFormat::kParquet) {
    AppendParquetMetadata(metadata, out);
  } else {
    AppendDeltaMetadata(metadata, out);
  }
}

void AppendFileLine(ResponseFormat format, const FileView& file, std::string* out) {
  if (format == ResponseFormat::kParquet) {
    AppendParquetFile(file, out);
  } else {
    AppendDeltaFile(file, out);
  }
}

void AppendEndStreamLine(const EndStreamAction& action, std::string* out) {
  out->append("{\"endStreamAction\":{");
  const std::size_t start = out->size();
  const auto key = [&](std::string_view name) {
    if (out->size() > start) out->push_back(',');
    AppendJsonString(name, out);
    out->push_back(':');
  };
  const auto text = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    key(name);
    AppendJsonString(value, out);
  };
  text("refreshToken", action.refresh_token);
  text("nextPageToken", action.next_page_token);
  if (action.min_url_expiration_ms) {
    key("minUrlExpirationTimestamp");
    AppendInt(*action.min_url_expiration_ms, out);
  }
  text("errorMessage", action.error_message);
  if (action.http_status_error_code) {
    key("httpStatusErrorCode");
    AppendInt(*action.http_status_error_code, out);
  }
  out->append("}}\n");
}

void AppendQueryStatusLine(const QueryStatus& status, std::string* out) {
  AppendString("{\"queryStatus\":{\"queryId\":", status.query_id, out);
  AppendString(",\"status\":", status.status, out);
  if (!status.error_message.empty()) {
    AppendString(",\"errorMessage\":", status.error_message, out);
  }
  out->append("}}\n");
}

std::string FormatShares(const std::vector<Share>& items, std::string_view next_page_token) {
  return FormatList(items, next_page_token, AppendShare);
}

std::string FormatSchemas(const std::vector<Schema>& items, std::string_view next_page_token) {
  return FormatList(items, next_page_token, AppendSchema);
}

std::string FormatTables(const std::vector<Table>& items, std::string_view next_page_token) {
  return FormatList(items, next_page_token, AppendTable);
}

std::string FormatShare(const Share& share) {
  std::string out = "{\"share\":";
  AppendShare(share, &out);
  out.push_back('}');
  return out;
}

std::string FormatCredentials(const TemporaryCredentials& credentials) {
  std::string out;
  AppendString("{\"credentials\":{\"location\":", credentials.location, &out);
  out.push_back(',');
  AppendJsonString(credentials.kind, &out);
  std::string_view before = ":{";
  for (const auto& [name, value] : credentials.fields) {
    out.append(before);
    AppendJsonString(name, &out);
    AppendString(":", value, &out);
    before = ",";
  }
  AppendInt("},\"expirationTime\":", credentials.expiration_ms, &out);
  out.append("}}");
  return out;
}

std::string FormatError(std::string_view error_code, std::string_view message) {
  std::string out;
  AppendString("{\"errorCode\":", error_code, &out);
  AppendString(",\"message\":", message, &out);
  out.push_back('}');
  return out;
}

}  // namespace sluice::protocol
