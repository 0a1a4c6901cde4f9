#include "server/api/table_lines.h"

#include "delta/action_json.h"
#include "protocol/ndjson_writer.h"

namespace sluice::api {

void AppendTableLines(const delta::Snapshot& snapshot, protocol::ResponseFormat format,
                      bool with_version, std::string* out) {
  const delta::Metadata& metadata = snapshot.metadata();
  std::string protocol_json;
  std::string metadata_json;
  if (format == protocol::ResponseFormat::kDelta) {
    delta::AppendJson(snapshot.protocol(), &protocol_json);
    delta::AppendJson(metadata, &metadata_json);
  }
  protocol::MetadataView view;
  view.delta_metadata_json = metadata_json;
  view.id = metadata.id;
  if (metadata.name) view.name = *metadata.name;
  if (metadata.description) view.description = *metadata.description;
  view.schema_string = metadata.schema_string;
  for (const auto& column : metadata.partition_columns) view.partition_columns.push_back(column);
  for (const auto& [key, value] : metadata.configuration) {
    view.configuration.emplace_back(key, value);
  }
  if (with_version) view.version = snapshot.version();
  view.size = snapshot.size_bytes();
  view.num_files = snapshot.num_files();
  protocol::AppendProtocolLine(format, {protocol_json, std::nullopt}, out);
  protocol::AppendMetadataLine(format, view, out);
}

}  // namespace sluice::api
