// sluice cat, sluice changes, sluice head
#include <unistd.h>

#include "commands.h"
#include "recipient_commands.h"
#include "recipient_output.h"
#include "recipient_progress.h"
#include "recipient_table.h"
#include "recipient_values.h"

namespace sluice::apps {
namespace {

/// Columns of a terminal that one cell may take.
constexpr int kMaxCellWidth = 40;

/// A command that reads a table into an output, in the order in which its parts come to be.
struct Transfer {
  Interrupts interrupts;
  std::unique_ptr<Output> output;
  std::shared_ptr<client::Scan> scan;
};

Status Start(const TableOptions& options, const std::string& path, Transfer* transfer) {
  SLUICE_TRY(transfer->scan, StartScan(options));
  SLUICE_TRY(transfer->output, Output::Open(path));
  transfer->interrupts.OnSignal([scan = transfer->scan] { scan->Cancel(); },
                                [output = transfer->output.get()] { output->Abandon(); });
  return {};
}

Status Copy(const CatOptions& options, Transfer* transfer) {
  const OutputFormat format = options.format.value_or(OutputFormat::kCsv);
  if (transfer->output->on_terminal() && IsBinary(format)) {
    return Fail(ErrorKind::kInvalidArgument,
                "this format is not for a terminal: name a file with -o, or send it into a pipe");
  }
  SLUICE_TRY(auto writer, MakeWriter(format, transfer->scan->schema(), transfer->output->stream()));
  const bool show = !options.table.no_progress && transfer->output->out_of_sight();
  SLUICE_RETURN_IF_ERROR(ReadAll({transfer->scan, show, [&](const arrow::RecordBatch& batch) {
                                    return writer->Write(batch);
                                  }}));
  SLUICE_RETURN_IF_ERROR(writer->Finish());
  return transfer->output->Commit();
}

/// A signal explains an error, and so does a reader that went away; both need no message.
int Finish(const Transfer& transfer, const Status& status) {
  if (const int code = transfer.interrupts.exit_code(); code != 0) return code;
  if (status) return kExitOk;
  if (transfer.output != nullptr && transfer.output->stream()->reader_gone()) {
    return kExitReaderGone;
  }
  return Report(status.error());
}

Result<TextTable> Collect(const HeadOptions& options, const Transfer& transfer) {
  TextTable table;
  for (const auto& field : transfer.scan->schema()->fields()) {
    table.columns.push_back({CellText(field->name(), kMaxCellWidth), IsNumber(*field->type())});
  }
  auto append = [&](const arrow::RecordBatch& batch) -> Status {
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      auto& cells = table.rows.emplace_back();
      for (const auto& column : batch.columns()) {
        std::string text;
        AppendTextValue(*column, row, &text);
        cells.push_back(column->IsNull(row) ? "∅" : CellText(text, kMaxCellWidth));
      }
    }
    return {};
  };
  SLUICE_RETURN_IF_ERROR(ReadAll({transfer.scan, !options.table.no_progress, append}));
  return table;
}

Status ShowTable(const HeadOptions& options, Transfer* transfer) {
  SLUICE_TRY(const TextTable table, Collect(options, *transfer));
  std::string text = FormatTable(table, TerminalWidth(STDOUT_FILENO));
  if (table.rows.empty()) text += "(no rows)\n";
  if (const auto status = transfer->output->stream()->Write(text); !status.ok()) {
    return Fail(ErrorKind::kUnavailable, "cannot write standard output: {}", status.message());
  }
  return transfer->output->Commit();
}

}  // namespace

int RunCat(const CatOptions& options) {
  Transfer transfer;
  Status status = Start(options.table, options.output, &transfer);
  if (status) status = Copy(options, &transfer);
  return Finish(transfer, status);
}

int RunHead(const HeadOptions& options) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const auto format = options.format.value_or(terminal ? OutputFormat::kTable : OutputFormat::kCsv);
  if (format != OutputFormat::kTable) return RunCat({options.table, format, ""});
  Transfer transfer;
  Status status = Start(options.table, "", &transfer);
  if (status) status = ShowTable(options, &transfer);
  return Finish(transfer, status);
}

}  // namespace sluice::apps
