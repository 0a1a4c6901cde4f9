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
                    const TableFacts& facts, std::string* out) {
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
  view.version = facts.version;
  view.size = facts.size;
  view.num_files = facts.num_files;
  view.access_modes = {protocol::kUrlAccess};
  if (!facts.directory.empty()) view.access_modes.push_back(protocol::kDirectoryAccess);
  view.location = facts.directory;
  protocol::AppendMetadataLine(format, view, out);
}

void AppendTableLines(const TableLines& lines, std::string* out) {
  const delta::Snapshot& snapshot = lines.snapshot;
  TableFacts facts;
  if (lines.with_version) facts.version = snapshot.version();
  facts.size = snapshot.size_bytes();
  facts.num_files = snapshot.num_files();
  facts.directory = lines.directory;
  AppendProtocol(snapshot.protocol(), lines.format, std::nullopt, out);
  AppendMetadata(snapshot.metadata(), lines.format, facts, out);
}

}  // namespace sluice::api
