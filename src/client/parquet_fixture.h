// Tables and Parquet files in memory, for the tests of this folder.
#pragma once

#include <arrow/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "delta/schema.h"

namespace sluice::client {

using Columns = std::vector<std::pair<std::shared_ptr<arrow::Field>, std::string>>;

inline std::shared_ptr<arrow::Array> JsonArray(const std::shared_ptr<arrow::DataType>& type,
                                               const std::string& json) {
  static const arrow::Status initialized = arrow::compute::Initialize();
  EXPECT_TRUE(initialized.ok());
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

/// A table of one chunk; each column's values as a JSON array.
inline std::shared_ptr<arrow::Table> JsonTable(const Columns& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [field, json] : columns) {
    fields.push_back(field);
    arrays.push_back(JsonArray(field->type(), json));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

struct FileShape {
  std::int64_t group_rows = 1 << 20;
  bool int96 = false;
  bool store_schema = true;  ///< Arrow's own types beside Parquet's.
  bool dictionary = true;
};

inline std::string ParquetBytes(const std::shared_ptr<arrow::Table>& table,
                                const FileShape& shape = {}) {
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  parquet::ArrowWriterProperties::Builder arrow_properties;
  if (shape.int96) arrow_properties.enable_deprecated_int96_timestamps();
  if (shape.store_schema) arrow_properties.store_schema();
  parquet::WriterProperties::Builder properties;
  properties.max_row_group_length(shape.group_rows);
  if (!shape.dictionary) properties.disable_dictionary();
  const auto status =
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, shape.group_rows,
                                 properties.build(), arrow_properties.build());
  EXPECT_TRUE(status.ok()) << status.ToString();
  return sink->Finish().ValueOrDie()->ToString();
}

/// `{"type":"struct","fields":[…]}` of field objects.
inline std::string SchemaJson(const std::vector<std::string>& fields) {
  std::string json = R"({"type":"struct","fields":[)";
  for (std::size_t i = 0; i < fields.size(); ++i) json += (i > 0 ? "," : "") + fields[i];
  return json + "]}";
}

/// A primitive type as JSON.
inline std::string Named(const std::string& name) {
  return "\"" + name + "\"";
}

/// A field object; `type` is JSON.
inline std::string FieldJson(const std::string& name, const std::string& type,
                             const std::string& metadata = "{}") {
  return R"({"name":")" + name + R"(","type":)" + type + R"(,"nullable":true,"metadata":)" +
         metadata + "}";
}

}  // namespace sluice::client
