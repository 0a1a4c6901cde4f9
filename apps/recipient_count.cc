// sluice count
#include <cstdio>

#include "commands.h"
#include "recipient_commands.h"

namespace sluice::apps {
namespace {

Result<std::int64_t> Count(const TableOptions& options, Interrupts* interrupts) {
  SLUICE_TRY(const OpenTable table, Open(options));
  client::ScanRequest request = MakeScanRequest(options, table.name);
  request.columns = std::vector<std::string>();
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
