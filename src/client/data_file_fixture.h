// A data file in memory and its reader, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/data_file.h"
#include "client/parquet_fixture.h"

namespace sluice::client {

/// A file in memory and the table it belongs to.
struct DataFileFixture {
  TableInfo table;
  PlanRequest plan;
  std::string bytes;
  std::vector<std::pair<std::string, std::optional<std::string>>> partition_values;
  std::optional<FileChange> change;
  std::optional<RowSelection> rows;
  std::vector<std::pair<std::int64_t, std::int64_t>> fetches;  ///< Begin and length.

  Result<DataFile> Open() {
    static const arrow::Status initialized = arrow::compute::Initialize();
    EXPECT_TRUE(initialized.ok());
    SLUICE_TRY(auto made, MakeScanPlan(table, plan));
    DataFileRequest request;
    request.plan = std::move(made);
    request.size = static_cast<std::int64_t>(bytes.size());
    request.partition_values = partition_values;
    request.change = change;
    request.rows = rows;
    request.fetch = [this](std::int64_t begin,
                           std::int64_t length) -> Result<std::shared_ptr<arrow::Buffer>> {
      fetches.emplace_back(begin, length);
      return arrow::Buffer::FromString(
          bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(length)));
    };
    return DataFile::Open(std::move(request));
  }

  Result<std::shared_ptr<arrow::Table>> Read(std::int64_t max_rows = 1000) {
    SLUICE_TRY(const DataFile file, Open());
    SLUICE_TRY(const auto made, MakeScanPlan(table, plan));
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    for (std::size_t i = 0; i < file.units().size(); ++i) {
      UnitReader reader = file.Read(i, max_rows);
      SLUICE_RETURN_IF_ERROR(reader.Start());
      for (;;) {
        SLUICE_TRY(auto batch, reader.Next());
        if (batch == nullptr) break;
        EXPECT_GT(batch->num_rows(), 0);
        EXPECT_TRUE(batch->ValidateFull().ok()) << batch->ValidateFull().ToString();
        batches.push_back(std::move(batch));
      }
    }
    return arrow::Table::FromRecordBatches(made->schema, batches).ValueOrDie();
  }
};

inline TableInfo Described(const std::vector<std::string>& fields,
                           std::vector<std::string> partition_columns = {}) {
  TableInfo table;
  table.format = protocol::ResponseFormat::kDelta;
  table.metadata.schema_string = SchemaJson(fields);
  table.metadata.partition_columns = std::move(partition_columns);
  return table;
}

}  // namespace sluice::client
