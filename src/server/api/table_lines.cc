#include "server/api/table_lines.h"

#include "delta/action_json.h"
#include "protocol/ndjson_writer.h"

namespace sluice::api {

void AppendProtocol(const delta::Protocol& protocol, protocol::ResponseFormat format,
                    std::optional<std::int64_t> version, std::string* out) {
  std::string json;
  if (format == protocol::ResponseFormat::kDelta) delta::AppendJson(protocol, &json);
  protocol::AppendProtocolLine(format, {json, version}, out);
}

void AppendMetadata(const delta::Metadata& metadata, protocol::ResponseFormat format,
                    const TableNumbers& numbers, std::string* out) {
  std::string json;
  if (format == protocol::ResponseFormat::kDelta) delta::AppendJson(metadata, &json);
  protocol::MetadataView view;
  view.delta_metadata_json = json;
  view.id = metadata.id;
  if (metadata.name) view.name = *metadata.name;
  if (metadata.description) view.description = *metadata.description;
  view.schema_string = metadata.schema_string;
  for (const auto& column : metadata.partition_columns) view.partition_columns.push_back(column);
  for (const auto& [key, value] : metadata.configuration) {
    view.configuration.emplace_back(key, value);
  }
  view.version = numbers.version;
  view.size = numbers.size;
  view.num_files = numbers.num_files;
  view.access_modes = {protocol::kUrlAccess};
  protocol::AppendMetadataLine(format, view, out);
}

void AppendTableLines(const delta::Snapshot& snapshot, protocol::ResponseFormat format,
                      bool with_version, std::string* out) {
  TableNumbers numbers;
  if (with_version) numbers.version = snapshot.version();
  numbers.size = snapshot.size_bytes();
  numbers.num_files = snapshot.num_files();
  AppendProtocol(snapshot.protocol(), format, std::nullopt, out);
  AppendMetadata(snapshot.metadata(), format, numbers, out);
}

}  // namespace sluice::api
