#include <fmt/format.h>

#include <iterator>

#include "base/encoding.h"
#include "delta/action_json.h"

namespace sluice::delta {
namespace {

/// Writes the members of one object, commas between them.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string* out) : out_(out) { out_->push_back('{'); }
  void End() { out_->push_back('}'); }

  std::string* Key(std::string_view key) {
    if (!first_) out_->push_back(',');
    first_ = false;
    AppendJsonString(key, out_);
    out_->push_back(':');
    return out_;
  }
  void Text(std::string_view key, std::string_view value) { AppendJsonString(value, Key(key)); }
  void Number(std::string_view key, std::int64_t value) {
    fmt::format_to(std::back_inserter(*Key(key)), "{}", value);
  }

 private:
  std::string* out_;
  bool first_ = true;
};

void AppendStrings(const std::vector<std::string>& values, std::string* out) {
  out->push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendJsonString(values[i], out);
  }
  out->push_back(']');
}

void AppendOptions(const std::vector<Option>& options, std::string* out) {
  ObjectWriter writer(out);
  for (const auto& [key, value] : options) writer.Text(key, value);
  writer.End();
}

}  // namespace

void AppendJson(const Protocol& protocol, std::string* out) {
  ObjectWriter writer(out);
  writer.Number("minReaderVersion", protocol.min_reader_version);
  writer.Number("minWriterVersion", protocol.min_writer_version);
  if (protocol.reader_features) {
    AppendStrings(*protocol.reader_features, writer.Key("readerFeatures"));
  }
  if (protocol.writer_features) {
    AppendStrings(*protocol.writer_features, writer.Key("writerFeatures"));
  }
  writer.End();
}

void AppendJson(const Metadata& metadata, std::string* out) {
  ObjectWriter writer(out);
  writer.Text("id", metadata.id);
  if (metadata.name) writer.Text("name", *metadata.name);
  if (metadata.description) writer.Text("description", *metadata.description);
  ObjectWriter format(writer.Key("format"));
  format.Text("provider", metadata.format_provider);
  AppendOptions(metadata.format_options, format.Key("options"));
  format.End();
  writer.Text("schemaString", metadata.schema_string);
  AppendStrings(metadata.partition_columns, writer.Key("partitionColumns"));
  AppendOptions(metadata.configuration, writer.Key("configuration"));
  if (metadata.created_time) writer.Number("createdTime", *metadata.created_time);
  writer.End();
}

void AppendJson(const DeletionVector& vector, std::string* out) {
  ObjectWriter writer(out);
  writer.Text("storageType", std::string_view(&vector.storage_type, 1));
  writer.Text("pathOrInlineDv", vector.path_or_inline);
  if (vector.offset) writer.Number("offset", *vector.offset);
  writer.Number("sizeInBytes", vector.size_in_bytes);
  writer.Number("cardinality", vector.cardinality);
  writer.End();
}

}  // namespace sluice::delta
