// Folders of Parquet files in memory, for the tests of this folder.
#pragma once

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/memory_store.h"

namespace sluice::parquet_table {

/// A field and its values as a JSON array.
using Columns = std::vector<std::pair<std::shared_ptr<arrow::Field>, std::string>>;

struct FileShape {
  std::int64_t group_rows = 1 << 20;
  bool int96 = false;
  bool store_schema = true;  ///< Arrow's own types beside Parquet's.
  bool statistics = true;
};

inline std::string ParquetBytes(const std::shared_ptr<arrow::Table>& table,
                                const FileShape& shape = {}) {
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  parquet::WriterProperties::Builder properties;
  properties.max_row_group_length(shape.group_rows);
  if (!shape.statistics) properties.disable_statistics();
  parquet::ArrowWriterProperties::Builder arrow_properties;
  if (shape.int96) arrow_properties.enable_deprecated_int96_timestamps();
  if (shape.store_schema) arrow_properties.store_schema();
  const auto status =
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, shape.group_rows,
                                 properties.build(), arrow_properties.build());
  EXPECT_TRUE(status.ok()) << status.ToString();
  return sink->Finish().ValueOrDie()->ToString();
}

inline std::string ParquetBytes(const Columns& columns, const FileShape& shape = {}) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [field, json] : columns) {
    fields.push_back(field);
    arrays.push_back(arrow::json::ArrayFromJSONString(field->type(), json).ValueOrDie());
  }
  return ParquetBytes(arrow::Table::Make(arrow::schema(fields), arrays), shape);
}

/// A column "a" of whole numbers.
inline std::string Numbers(const std::string& json) {
  return ParquetBytes(Columns{{arrow::field("a", arrow::int64()), json}});
}

}  // namespace sluice::parquet_table
