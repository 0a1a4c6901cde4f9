#include "protocol/ndjson_reader.h"

#include <limits>

#include "protocol/json_fields.h"

namespace sluice::protocol {
namespace {

constexpr ErrorKind kKind = ErrorKind::kMalformed;

Result<int> ReadSmallInt(const JsonFields& fields, std::string_view key, int absent) {
  SLUICE_TRY(const auto value, fields.OptionalInt(key));
  if (!value) return absent;
  if (*value < 0 || *value > std::numeric_limits<int>::max()) {
    return Fail(kKind, "field '{}' is out of range", key);
  }
  return static_cast<int>(*value);
}

Result<std::optional<std::string>> OwnedString(const JsonFields& fields, std::string_view key) {
  SLUICE_TRY(const auto value, fields.OptionalString(key));
  if (!value) return std::nullopt;
  return std::string(*value);
}

Result<Line> ReadProtocol(const JsonFields& line, ResponseFormat format) {
  SLUICE_TRY(JsonFields fields, line.Object("protocol"));
  if (format == ResponseFormat::kDelta) {
    SLUICE_TRY(fields, fields.Object("deltaProtocol"));
  } else if (fields.Has("deltaProtocol")) {
    return Fail(kKind, "field 'protocol' is of the delta format where parquet was answered");
  }
  ProtocolLine out;
  if (!fields.Has("minReaderVersion")) return Fail(kKind, "field 'minReaderVersion' is missing");
  SLUICE_TRY(out.min_reader_version, ReadSmallInt(fields, "minReaderVersion", 1));
  SLUICE_TRY(out.min_writer_version, ReadSmallInt(fields, "minWriterVersion", 0));
  SLUICE_TRY(out.reader_features, fields.Strings("readerFeatures"));
  SLUICE_TRY(out.writer_features, fields.Strings("writerFeatures"));
  out.json = simdjson::minify(fields.object());
  return out;
}

Result<Line> ReadMetadata(const JsonFields& line, ResponseFormat format) {
  SLUICE_TRY(const JsonFields outer, line.Object("metaData"));
  JsonFields fields = outer;
  if (format == ResponseFormat::kDelta) {
    SLUICE_TRY(fields, outer.Object("deltaMetadata"));
  } else if (fields.Has("deltaMetadata")) {
    return Fail(kKind, "field 'metaData' is of the delta format where parquet was answered");
  }
  MetadataLine out;
  SLUICE_TRY(const auto id, fields.OptionalString("id"));
  out.id = id.value_or("");
  SLUICE_TRY(out.name, OwnedString(fields, "name"));
  SLUICE_TRY(out.description, OwnedString(fields, "description"));
  SLUICE_TRY(const auto table_format, fields.OptionalObject("format"));
  out.format_provider = "parquet";
  if (table_format) {
    SLUICE_TRY(const auto provider, table_format->OptionalString("provider"));
    if (provider) out.format_provider = *provider;
  }
  SLUICE_TRY(out.schema_string, fields.String("schemaString"));
  SLUICE_TRY(out.partition_columns, fields.Strings("partitionColumns"));
  SLUICE_TRY(auto configuration, fields.StringMap("configuration"));
  for (auto& [key, value] : configuration) {
    out.configuration.emplace_back(std::move(key), std::move(value).value_or(""));
  }
  SLUICE_TRY(out.version, outer.OptionalInt("version"));
  SLUICE_TRY(out.size, outer.OptionalInt("size"));
  SLUICE_TRY(out.num_files, outer.OptionalInt("numFiles"));
  SLUICE_TRY(out.access_modes, outer.Strings("accessModes"));
  out.json = simdjson::minify(fields.object());
  return out;
}

Result<DeletionVector> ReadDeletionVector(const JsonFields& fields) {
  DeletionVector out;
  SLUICE_TRY(const auto type, fields.String("storageType"));
  if (type.size() != 1) return Fail(kKind, "field 'storageType' must be one letter");
  out.storage_type = type.front();
  SLUICE_TRY(out.path_or_inline, fields.String("pathOrInlineDv"));
  if (fields.Has("offset")) {
    SLUICE_TRY(out.offset, ReadSmallInt(fields, "offset", 0));
  }
  SLUICE_TRY(out.size_in_bytes, ReadSmallInt(fields, "sizeInBytes", 0));
  SLUICE_TRY(out.cardinality, fields.Int("cardinality"));
  if (out.cardinality < 0) return Fail(kKind, "field 'cardinality' is negative");
  return out;
}

/// What lines of files and the delta format's actions share, from wherever it stands.
Status ReadFileBody(const JsonFields& fields, std::string_view url_key, File* out) {
  SLUICE_TRY(out->url, fields.String(url_key));
  SLUICE_TRY(out->partition_values, fields.StringMap("partitionValues"));
  SLUICE_TRY(out->size, fields.Int("size"));
  if (out->size < 0) return Fail(kKind, "field 'size' is negative");
  SLUICE_TRY(out->stats, OwnedString(fields, "stats"));
  return {};
}

/// An action of the delta format.
Status ReadFileAction(const JsonFields& action, File* out) {
  if (out->kind == FileKind::kRemove && !(action.Has("size") && action.Has("partitionValues"))) {
    return Fail(ErrorKind::kUnsupported,
                "the table's log does not tell the size and the partition values of a removed "
                "file, as it was written by an old version of Delta");
  }
  SLUICE_RETURN_IF_ERROR(ReadFileBody(action, "path", out));
  SLUICE_TRY(const auto data_change, action.OptionalBool("dataChange"));
  out->data_change = data_change.value_or(true);
  SLUICE_TRY(const auto vector, action.OptionalObject("deletionVector"));
  if (vector) {
    SLUICE_TRY(out->deletion_vector, ReadDeletionVector(*vector));
  }
  return {};
}

Result<Line> ReadDeltaFile(const JsonFields& fields, File out) {
  constexpr std::pair<std::string_view, FileKind> kActions[] = {
      {"add", FileKind::kFile}, {"remove", FileKind::kRemove}, {"cdc", FileKind::kCdc}};
  SLUICE_TRY(const JsonFields actions, fields.Object("deltaSingleAction"));
  for (const auto& [name, kind] : kActions) {
    SLUICE_TRY(const auto action, actions.OptionalObject(name));
    if (!action) continue;
    out.kind = kind;
    SLUICE_RETURN_IF_ERROR(ReadFileAction(*action, &out));
    return out;
  }
  for (const simdjson::dom::key_value_pair field : actions.object()) {
    return UnknownLine{std::string(field.key)};
  }
  return Fail(kKind, "field 'deltaSingleAction' is empty");
}

/// `name` is the line's: `file` in both formats, and those of changes in the parquet format.
Result<Line> ReadFile(const JsonFields& line, std::string_view name, FileKind kind,
                      ResponseFormat format) {
  SLUICE_TRY(const JsonFields fields, line.Object(name));
  File out;
  out.kind = kind;
  SLUICE_TRY(out.id, fields.String("id"));
  SLUICE_TRY(out.version, fields.OptionalInt("version"));
  SLUICE_TRY(out.timestamp_ms, fields.OptionalInt("timestamp"));
  SLUICE_TRY(out.expires_at_ms, fields.OptionalInt("expirationTimestamp"));
  if (format == ResponseFormat::kDelta) return ReadDeltaFile(fields, std::move(out));
  SLUICE_RETURN_IF_ERROR(ReadFileBody(fields, "url", &out));
  return out;
}

Result<Line> ReadEndStream(const JsonFields& line) {
  SLUICE_TRY(const JsonFields fields, line.Object("endStreamAction"));
  EndStreamAction out;
  SLUICE_TRY(const auto refresh, fields.OptionalString("refreshToken"));
  out.refresh_token = refresh.value_or("");
  SLUICE_TRY(const auto next, fields.OptionalString("nextPageToken"));
  out.next_page_token = next.value_or("");
  SLUICE_TRY(out.min_url_expiration_ms, fields.OptionalInt("minUrlExpirationTimestamp"));
  SLUICE_TRY(const auto message, fields.OptionalString("errorMessage"));
  out.error_message = message.value_or("");
  if (fields.Has("httpStatusErrorCode")) {
    SLUICE_TRY(out.http_status_error_code, ReadSmallInt(fields, "httpStatusErrorCode", 0));
  }
  return out;
}

Result<Line> ReadQueryStatus(const JsonFields& line) {
  SLUICE_TRY(const JsonFields fields, line.Object("queryStatus"));
  QueryStatus out;
  SLUICE_TRY(const auto id, fields.OptionalString("queryId"));
  out.query_id = id.value_or("");
  // The first servers that answered so said nothing but the id.
  SLUICE_TRY(const auto status, fields.OptionalString("status"));
  if (status) out.status = *status;
  SLUICE_TRY(const auto message, fields.OptionalString("errorMessage"));
  out.error_message = message.value_or("");
  return out;
}

template <typename T, typename Read>
Result<Page<T>> ParsePage(std::string_view body, Read read) {
  JsonParser parser;
  auto object = parser.ParseObject(body);
  if (!object) return Fail(object.error().At("listing"));
  const JsonFields fields(*object, kKind);
  Page<T> page;
  SLUICE_TRY(const auto token, fields.OptionalString("nextPageToken"));
  page.next_page_token = token.value_or("");
  // A server may leave an empty list out.
  SLUICE_TRY(const auto items, fields.OptionalArray("items"));
  if (!items) return page;
  for (const simdjson::dom::element element : *items) {
    simdjson::dom::object item;
    if (element.get(item)) return Fail(kKind, "listing: field 'items' must be an array of objects");
    auto value = read(JsonFields(item, kKind));
    if (!value) return Fail(value.error().At("listing"));
    page.items.push_back(*std::move(value));
  }
  return page;
}

Result<Share> ReadShare(const JsonFields& fields) {
  Share out;
  SLUICE_TRY(out.name, fields.String("name"));
  SLUICE_TRY(const auto id, fields.OptionalString("id"));
  out.id = id.value_or("");
  SLUICE_TRY(const auto comment, fields.OptionalString("comment"));
  out.comment = comment.value_or("");
  SLUICE_TRY(const auto properties, fields.StringMap("properties"));
  for (const auto& [key, value] : properties) out.properties[key] = value.value_or("");
  return out;
}

Result<Schema> ReadSchema(const JsonFields& fields) {
  Schema out;
  SLUICE_TRY(out.name, fields.String("name"));
  SLUICE_TRY(out.share, fields.String("share"));
  return out;
}

Result<Table> ReadTable(const JsonFields& fields) {
  Table out;
  SLUICE_TRY(out.name, fields.String("name"));
  SLUICE_TRY(out.schema, fields.String("schema"));
  SLUICE_TRY(out.share, fields.String("share"));
  SLUICE_TRY(const auto share_id, fields.OptionalString("shareId"));
  out.share_id = share_id.value_or("");
  SLUICE_TRY(const auto id, fields.OptionalString("id"));
  out.id = id.value_or("");
  return out;
}

}  // namespace

struct LineParser::Impl {
  ResponseFormat format;
  JsonParser parser;
};

LineParser::LineParser(ResponseFormat format) : impl_(new Impl{format, {}}) {}
LineParser::~LineParser() = default;

Result<Line> LineParser::Parse(std::string_view line) {
  SLUICE_TRY(const auto object, impl_->parser.ParseObject(line));
  const JsonFields fields(object, kKind);
  // Lines of changes in the parquet format.
  constexpr std::pair<std::string_view, FileKind> kChanges[] = {
      {"add", FileKind::kAdd}, {"remove", FileKind::kRemove}, {"cdf", FileKind::kCdc}};
  std::string_view first;
  for (const simdjson::dom::key_value_pair field : object) {
    if (field.value.is_null()) continue;
    if (field.key == "file") return ReadFile(fields, "file", FileKind::kFile, impl_->format);
    if (field.key == "protocol") return ReadProtocol(fields, impl_->format);
    if (field.key == "metaData") return ReadMetadata(fields, impl_->format);
    if (field.key == "endStreamAction") return ReadEndStream(fields);
    if (field.key == "queryStatus") return ReadQueryStatus(fields);
    if (impl_->format == ResponseFormat::kParquet) {
      for (const auto& [name, kind] : kChanges) {
        if (field.key == name) return ReadFile(fields, name, kind, impl_->format);
      }
    }
    if (first.empty()) first = field.key;
  }
  return UnknownLine{std::string(first)};
}

Result<Page<Share>> ParseShares(std::string_view body) {
  return ParsePage<Share>(body, ReadShare);
}

Result<Page<Schema>> ParseSchemas(std::string_view body) {
  return ParsePage<Schema>(body, ReadSchema);
}

Result<Page<Table>> ParseTables(std::string_view body) {
  return ParsePage<Table>(body, ReadTable);
}

std::optional<ServerError> ParseError(std::string_view body) {
  JsonParser parser;
  const auto object = parser.ParseObject(body);
  if (!object) return std::nullopt;
  const JsonFields fields(*object, kKind);
  auto code = fields.OptionalString("errorCode");
  // Some servers of the field spell it with an underscore.
  if (code && !*code) code = fields.OptionalString("error_code");
  const auto message = fields.OptionalString("message");
  if (!code || !message || (!*code && !*message)) return std::nullopt;
  return ServerError{std::string(code->value_or("")), std::string(message->value_or(""))};
}

}  // namespace sluice::protocol
