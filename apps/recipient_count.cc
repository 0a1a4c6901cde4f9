// sluice count
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <cstdio>

#include "commands.h"
#include "recipient_commands.h"

namespace sluice::apps {
namespace {

/// How dear a column is to read: a partition column costs no data, others about their width.
int Cost(const arrow::Field& field, const std::vector<std::string>& partitions) {
  constexpr int kVariableWidth = 256;
  constexpr int kNested = 1024;
  if (std::find(partitions.begin(), partitions.end(), field.name()) != partitions.end()) return 0;
  if (field.type()->num_fields() > 0) return kNested;
  if (arrow::is_base_binary_like(field.type()->id())) return kVariableWidth;
  return std::max(1, field.type()->bit_width());
}

/// Empty for a table without columns.
std::vector<std::string> CheapestColumn(const arrow::Schema& schema,
                                        const std::vector<std::string>& partitions) {
  const auto& fields = schema.fields();
  const auto cheapest = std::min_element(
      fields.begin(), fields.end(),
      [&](const auto& a, const auto& b) { return Cost(*a, partitions) < Cost(*b, partitions); });
  if (cheapest == fields.end()) return {};
  return {(*cheapest)->name()};
}

/// The schema of the version asked for: an old one can lack columns that the table has now.
Result<std::shared_ptr<arrow::Schema>> SchemaOf(const client::ScanRequest& request,
                                                const client::TableInfo& now,
                                                client::Client* client) {
  if (request.version || !request.timestamp.empty()) {
    client::ScanRequest no_rows = request;
    no_rows.limit = 0;
    SLUICE_TRY(const auto scan, client->StartScan(std::move(no_rows)));
    return scan->schema();
  }
  return client::ArrowSchemaOf(now);
}

Result<std::int64_t> Count(const TableOptions& options, Interrupts* interrupts) {
  SLUICE_TRY(const OpenTable table, Open(options));
  client::ScanRequest request = MakeScanRequest(options, table.name);
  SLUICE_TRY(const client::TableInfo info, table.client->Describe(table.name, std::nullopt));
  SLUICE_TRY(const auto schema, SchemaOf(request, info, table.client.get()));
  request.columns = CheapestColumn(*schema, info.metadata.partition_columns);
  SLUICE_TRY(auto scan, table.client->StartScan(std::move(request)));
  interrupts->OnSignal([scan] { scan->Cancel(); }, {});
  std::int64_t rows = 0;
  SLUICE_RETURN_IF_ERROR(ReadAll({scan, !options.no_progress, [&](const arrow::RecordBatch& batch) {
                                    rows += batch.num_rows();
                                    return Status();
                                  }}));
  return rows;
}

}  // namespace

int RunCount(const TableOptions& options) {
  Interrupts interrupts;
  const auto rows = Count(options, &interrupts);
  if (const int code = interrupts.exit_code(); code != 0) return code;
  if (!rows) return Report(rows.error());
  std::printf("%lld\n", static_cast<long long>(*rows));
  return std::fflush(stdout) == 0 ? kExitOk : kExitReaderGone;
}

}  // namespace sluice::apps
