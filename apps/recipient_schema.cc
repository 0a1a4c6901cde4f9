// sluice schema
#include <arrow/type.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "commands.h"
#include "recipient_commands.h"
#include "recipient_output.h"
#include "recipient_progress.h"
#include "recipient_table.h"
#include "recipient_values.h"

namespace sluice::apps {
namespace {

constexpr int kMaxTypeWidth = 100;

TextTable Describe(const arrow::Schema& schema, const std::vector<std::string>& partitions,
                   int max_width) {
  TextTable table{{{"column"}, {"type"}, {"note"}}, {}};
  for (const auto& field : schema.fields()) {
    std::string note = field->nullable() ? "" : "not null";
    if (std::find(partitions.begin(), partitions.end(), field->name()) != partitions.end()) {
      note += note.empty() ? "partition" : ", partition";
    }
    table.rows.push_back(
        {CellText(field->name(), max_width), CellText(TypeText(*field->type()), max_width), note});
  }
  return table;
}

std::string Heading(const protocol::TableName& name, const client::TableInfo& info) {
  std::string out =
      fmt::format("{}.{}.{}, version {}", name.share, name.schema, name.table, info.version);
  if (info.metadata.num_files) {
    out += fmt::format(", {} files", GroupedDigits(*info.metadata.num_files));
  }
  if (info.metadata.size) {
    out += fmt::format(", {}", HumanBytes(static_cast<double>(*info.metadata.size)));
  }
  return out + "\n\n";
}

Result<std::string> SchemaText(const SchemaOptions& options) {
  SLUICE_TRY(const OpenTable table, Open(options.table));
  SLUICE_TRY(const client::TableInfo info, table.client->Describe(table.name, std::nullopt));
  if (options.json) return info.metadata.schema_string + "\n";
  SLUICE_TRY(const auto schema, client::ArrowSchemaOf(info));
  if (::isatty(STDOUT_FILENO) == 1) {
    return Heading(table.name, info) +
           FormatTable(Describe(*schema, info.metadata.partition_columns, kMaxTypeWidth), 0);
  }
  std::string out;
  for (const auto& row : Describe(*schema, info.metadata.partition_columns, 1 << 20).rows) {
    out += fmt::format("{}\t{}\t{}\n", row[0], row[1], row[2]);
  }
  return out;
}

}  // namespace

int RunSchema(const SchemaOptions& options) {
  Interrupts interrupts;
  auto text = SchemaText(options);
  if (!text) return Report(text.error());
  DescriptorStream out(STDOUT_FILENO, false);
  const bool written = out.Write(*text).ok() && out.Flush().ok();
  if (out.reader_gone()) return kExitReaderGone;
  if (!written) return Report(Error{ErrorKind::kInternal, "cannot write standard output"});
  return kExitOk;
}

}  // namespace sluice::apps
