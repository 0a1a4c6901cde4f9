// Clients, listings and tables of the C ABI.
#include <arrow/builder.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>

#include "base/arrow_status.h"
#include "capi/handles.h"
#include "capi/options.h"

namespace sluice::capi {
namespace {

constexpr std::int64_t kMaxCount = 1'000'000;

constexpr std::int64_t kMaxMillis = 7 * 86'400'000;

constexpr std::string_view kStorePrefix = "storage.";
constexpr std::string_view kHeaderPrefix = "header.";

Result<client::Access> ParseAccess(std::string_view text) {
  if (text == "auto") return client::Access::kAuto;
  if (text == "url") return client::Access::kUrl;
  if (text == "dir") return client::Access::kDirectory;
  return Fail(ErrorKind::kInvalidArgument, "'{}' is none of auto, url and dir", text);
}

Result<bool> ApplyHttpOption(std::string_view key, std::string_view value, net::HttpOptions* out) {
  if (key == "max_retries") {
    SLUICE_TRY(const std::int64_t count, ParseInteger(value, 0, kMaxCount));
    out->max_retries = static_cast<int>(count);
  } else if (key == "timeout_ms") {
    SLUICE_TRY(out->stall_timeout_ms, ParseInteger(value, 1, kMaxMillis));
  } else if (key == "connect_timeout_ms") {
    SLUICE_TRY(out->connect_timeout_ms, ParseInteger(value, 1, kMaxMillis));
  } else if (key == "request_timeout_ms") {
    SLUICE_TRY(out->request_timeout_ms, ParseInteger(value, 0, kMaxMillis));
  } else if (key == "proxy") {
    if (!value.empty()) SLUICE_RETURN_IF_ERROR(net::CheckProxy(value));
    out->proxy = value;
  } else if (key == "verify_tls") {
    SLUICE_TRY(out->verify_tls, ParseFlag(value));
  } else if (key == "user_agent") {
    out->user_agent = value;
  } else {
    return false;
  }
  return true;
}

/// Files of certificates and keys; without a path the option is as if it were not given.
Result<bool> ApplyFileOption(std::string_view key, std::string_view value, net::HttpOptions* out) {
  std::string* const path = key == "ca_file"       ? &out->ca_file
                            : key == "client_cert" ? &out->client_cert
                            : key == "client_key"  ? &out->client_key
                                                   : nullptr;
  if (path == nullptr) return false;
  if (!value.empty()) {
    SLUICE_TRY(*path, ParseFile(value));
  }
  return true;
}

Result<bool> ApplyClientOption(std::string_view key, std::string_view value,
                               client::ClientOptions* out) {
  for (const auto apply : {ApplyHttpOption, ApplyFileOption}) {
    SLUICE_TRY(const bool known, apply(key, value, &out->http));
    if (known) return true;
  }
  if (key == "memory_budget") {
    SLUICE_TRY(out->memory_budget, ParseInteger(value, 1));
  } else if (key == "parallel_files") {
    SLUICE_TRY(const std::int64_t count, ParseInteger(value, 1, 1024));
    out->parallel_files = static_cast<int>(count);
  } else if (key == "deadline_ms") {
    SLUICE_TRY(out->deadline_ms, ParseInteger(value, 0, kMaxMillis));
  } else if (key == "async_query") {
    SLUICE_TRY(out->async_query, ParseFlag(value));
  } else if (key == "access") {
    SLUICE_TRY(out->access, ParseAccess(value));
  } else if (key.starts_with(kHeaderPrefix)) {
    net::Header header{key.substr(kHeaderPrefix.size()), value};
    SLUICE_RETURN_IF_ERROR(client::CheckHeader(header));
    out->headers.push_back(std::move(header));
  } else if (key.starts_with(kStorePrefix) && key.size() > kStorePrefix.size()) {
    out->store.insert_or_assign(std::string(key.substr(kStorePrefix.size())), std::string(value));
  } else {
    return false;
  }
  return true;
}

Result<client::ClientOptions> ParseClientOptions(const SluiceOption* options, std::size_t count) {
  client::ClientOptions parsed;
  SLUICE_RETURN_IF_ERROR(
      ForEachOption(options, count, [&parsed](std::string_view key, std::string_view value) {
        return ApplyClientOption(key, value, &parsed);
      }));
  if (!parsed.http.client_key.empty() && parsed.http.client_cert.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "option 'client_key' needs a 'client_cert'");
  }
  return parsed;
}

/// One utf8 column; absent texts are null.
class TextColumn {
 public:
  explicit TextColumn(std::string name) : name_(std::move(name)) {}

  Status Add(const std::string& text, bool empty_is_null = false) {
    SLUICE_RETURN_IF_ARROW(
        text.empty() && empty_is_null ? builder_.AppendNull() : builder_.Append(text), name_);
    return {};
  }
  std::shared_ptr<arrow::Field> field() const { return arrow::field(name_, arrow::utf8()); }
  Result<std::shared_ptr<arrow::Array>> Finish() { return FromArrow(builder_.Finish(), name_); }

 private:
  const std::string name_;
  arrow::StringBuilder builder_;
};

Status ExportTexts(std::vector<TextColumn*> columns, ArrowArrayStream* out) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (TextColumn* column : columns) {
    fields.push_back(column->field());
    SLUICE_TRY(auto array, column->Finish());
    arrays.push_back(std::move(array));
  }
  const std::int64_t rows = arrays.front()->length();
  return ExportBatch(arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays), out);
}

Status ExportTables(const std::vector<protocol::Table>& tables, ArrowArrayStream* out) {
  TextColumn share("share");
  TextColumn schema("schema");
  TextColumn name("name");
  TextColumn id("id");
  TextColumn share_id("share_id");
  for (const protocol::Table& table : tables) {
    SLUICE_RETURN_IF_ERROR(share.Add(table.share));
    SLUICE_RETURN_IF_ERROR(schema.Add(table.schema));
    SLUICE_RETURN_IF_ERROR(name.Add(table.name));
    SLUICE_RETURN_IF_ERROR(id.Add(table.id, /*empty_is_null=*/true));
    SLUICE_RETURN_IF_ERROR(share_id.Add(table.share_id, /*empty_is_null=*/true));
  }
  return ExportTexts({&share, &schema, &name, &id, &share_id}, out);
}

std::shared_ptr<arrow::Scalar> NumberOrNull(const std::optional<std::int64_t>& number) {
  if (!number) return arrow::MakeNullScalar(arrow::int64());
  return std::make_shared<arrow::Int64Scalar>(*number);
}

Status ExportDescription(const client::TableInfo& info, ArrowArrayStream* out) {
  const bool is_delta = info.format == protocol::ResponseFormat::kDelta;
  const auto schema = arrow::schema(
      {arrow::field("version", arrow::int64()), arrow::field("response_format", arrow::utf8()),
       arrow::field("protocol", arrow::utf8()), arrow::field("metadata", arrow::utf8()),
       arrow::field("size", arrow::int64()), arrow::field("num_files", arrow::int64())});
  const arrow::ScalarVector row = {
      NumberOrNull(info.version),
      std::make_shared<arrow::StringScalar>(is_delta ? "delta" : "parquet"),
      std::make_shared<arrow::StringScalar>(info.protocol.json),
      std::make_shared<arrow::StringScalar>(info.metadata.json),
      NumberOrNull(info.metadata.size),
      NumberOrNull(info.metadata.num_files)};
  arrow::ArrayVector columns;
  for (const auto& scalar : row) {
    SLUICE_TRY(auto column, FromArrow(arrow::MakeArrayFromScalar(*scalar, 1), "description"));
    columns.push_back(std::move(column));
  }
  return ExportBatch(arrow::RecordBatch::Make(schema, 1, columns), out);
}

Status ExportTableSchema(const client::TableInfo& info, ArrowSchema* out) {
  SLUICE_TRY(const auto schema, client::ArrowSchemaOf(info));
  SLUICE_RETURN_IF_ARROW(arrow::ExportSchema(*schema, out), "schema");
  return {};
}

}  // namespace
}  // namespace sluice::capi

extern "C" {

using namespace sluice;        // NOLINT: the functions below are the ABI, outside of any namespace.
using namespace sluice::capi;  // NOLINT

int32_t sluice_client_open(const char* profile_json, const SluiceOption* options, size_t n_options,
                           SluiceClient** out, SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(profile_json, "profile_json"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    *out = nullptr;
    SLUICE_TRY(auto parsed, ParseClientOptions(options, n_options));
    SLUICE_TRY(const auto profile, protocol::ParseProfile(profile_json));
    *out = new SluiceClient{client::Client::Make(profile, std::move(parsed))};
    return {};
  });
}

void sluice_client_close(SluiceClient* client) {
  delete client;
}

void sluice_client_interrupt(SluiceClient* client) {
  if (client != nullptr) client->client->Interrupt();
}

int32_t sluice_list_shares(SluiceClient* client, struct ArrowArrayStream* out, SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    SLUICE_TRY(const auto shares, client->client->ListShares());
    TextColumn name("name");
    TextColumn id("id");
    for (const protocol::Share& share : shares) {
      SLUICE_RETURN_IF_ERROR(name.Add(share.name));
      SLUICE_RETURN_IF_ERROR(id.Add(share.id, /*empty_is_null=*/true));
    }
    return ExportTexts({&name, &id}, out);
  });
}

int32_t sluice_list_schemas(SluiceClient* client, const char* share, struct ArrowArrayStream* out,
                            SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(share, "share"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    SLUICE_TRY(const auto schemas, client->client->ListSchemas(share));
    TextColumn share_name("share");
    TextColumn name("name");
    for (const protocol::Schema& schema : schemas) {
      SLUICE_RETURN_IF_ERROR(share_name.Add(schema.share));
      SLUICE_RETURN_IF_ERROR(name.Add(schema.name));
    }
    return ExportTexts({&share_name, &name}, out);
  });
}

int32_t sluice_list_tables(SluiceClient* client, const char* share, const char* schema,
                           struct ArrowArrayStream* out, SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(share, "share"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    const bool all = schema == nullptr || *schema == '\0';
    SLUICE_TRY(const auto tables, all ? client->client->ListAllTables(share)
                                      : client->client->ListTables(share, schema));
    return ExportTables(tables, out);
  });
}

int32_t sluice_table_version(SluiceClient* client, const char* table,
                             const char* starting_timestamp, int64_t* version, SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(table, "table"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(version, "version"));
    SLUICE_TRY(const auto name, protocol::ParseTableName(table));
    SLUICE_TRY(*version, client->client->TableVersion(
                             name, starting_timestamp == nullptr ? "" : starting_timestamp));
    return {};
  });
}

int32_t sluice_table_describe(SluiceClient* client, const char* table, const char* response_format,
                              struct ArrowArrayStream* out, struct ArrowSchema* schema,
                              SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(table, "table"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    SLUICE_TRY(const auto name, protocol::ParseTableName(table));
    SLUICE_TRY(const auto format, ParseFormat(response_format));
    SLUICE_TRY(const auto info, client->client->Describe(name, format));
    if (schema != nullptr) SLUICE_RETURN_IF_ERROR(ExportTableSchema(info, schema));
    Status status = ExportDescription(info, out);
    if (!status && schema != nullptr) schema->release(schema);
    return status;
  });
}

}  // extern "C"
