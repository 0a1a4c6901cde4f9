// Scans in tasks, in the C ABI.
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/c/bridge.h>

#include "base/arrow_status.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/scan_options.h"

namespace sluice::capi {
namespace {

constexpr std::int64_t kMaxTasks = 1'000'000;

Result<bool> ApplyTaskOption(std::string_view key, std::string_view value,
                             client::TaskOptions* out) {
  if (key == "task_bytes") {
    SLUICE_TRY(out->task_bytes, ParseInteger(value, 1));
  } else if (key == "min_tasks") {
    SLUICE_TRY(out->min_tasks, ParseInteger(value, 1, kMaxTasks));
  } else {
    return false;
  }
  return true;
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchOf(const std::vector<client::PlannedTask>& tasks) {
  arrow::BinaryBuilder bytes;
  arrow::Int64Builder files;
  arrow::Int64Builder file_bytes;
  for (const client::PlannedTask& task : tasks) {
    SLUICE_RETURN_IF_ARROW(bytes.Append(task.bytes), "tasks");
    SLUICE_RETURN_IF_ARROW(files.Append(task.files), "tasks");
    SLUICE_RETURN_IF_ARROW(file_bytes.Append(task.file_bytes), "tasks");
  }
  const auto schema = arrow::schema({arrow::field("task", arrow::binary(), false),
                                     arrow::field("files", arrow::int64(), false),
                                     arrow::field("file_bytes", arrow::int64(), false)});
  arrow::ArrayVector columns(3);
  SLUICE_TRY(columns[0], FromArrow(bytes.Finish(), "tasks"));
  SLUICE_TRY(columns[1], FromArrow(files.Finish(), "tasks"));
  SLUICE_TRY(columns[2], FromArrow(file_bytes.Finish(), "tasks"));
  return arrow::RecordBatch::Make(schema, static_cast<std::int64_t>(tasks.size()),
                                  std::move(columns));
}

struct PlanArguments {
  SluiceClient* client;
  const char* table;
  const SluiceOption* options;
  std::size_t n_options;
  ArrowArrayStream* out;
  ArrowSchema* schema;
  std::int64_t* table_version;
};

using PlanResult = Result<client::TaskPlan>;

/// What both ways to plan have in common; `plan` is the client's.
template <typename Request>
Status Plan(const PlanArguments& arguments,
            PlanResult (client::Client::*plan)(Request, const client::TaskOptions&)) {
  SLUICE_RETURN_IF_ERROR(RequireArgument(arguments.client, "client"));
  SLUICE_RETURN_IF_ERROR(RequireArgument(arguments.table, "table"));
  SLUICE_RETURN_IF_ERROR(RequireArgument(arguments.out, "out"));
  Request request;
  client::TaskOptions options;
  SLUICE_TRY(request.table, protocol::ParseTableName(arguments.table));
  SLUICE_RETURN_IF_ERROR(
      ForEachOption(arguments.options, arguments.n_options,
                    [&](std::string_view key, std::string_view value) -> Result<bool> {
                      SLUICE_TRY(const bool known, ApplyTaskOption(key, value, &options));
                      return known ? Result<bool>(true) : ApplyOption(key, value, &request);
                    }));
  SLUICE_TRY(const client::TaskPlan planned,
             ((*arguments.client->client).*plan)(std::move(request), options));
  SLUICE_TRY(auto batch, BatchOf(planned.tasks));
  SLUICE_RETURN_IF_ERROR(ExportBatch(std::move(batch), arguments.out));
  if (arguments.table_version != nullptr) *arguments.table_version = planned.table_version;
  if (arguments.schema == nullptr) return {};
  const arrow::Status exported = arrow::ExportSchema(*planned.schema, arguments.schema);
  if (!exported.ok()) arguments.out->release(arguments.out);
  SLUICE_RETURN_IF_ARROW(exported, "schema");
  return {};
}

}  // namespace
}  // namespace sluice::capi

extern "C" {

using namespace sluice;        // NOLINT: the functions below are the ABI, outside of any namespace.
using namespace sluice::capi;  // NOLINT

int32_t sluice_scan_plan(SluiceClient* client, const char* table, const SluiceOption* options,
                         size_t n_options, struct ArrowArrayStream* out, struct ArrowSchema* schema,
                         int64_t* table_version, SluiceError* error) {
  const PlanArguments arguments{client, table, options, n_options, out, schema, table_version};
  return Guard(error, [&] { return Plan(arguments, &client::Client::PlanScan); });
}

int32_t sluice_changes_plan(SluiceClient* client, const char* table, const SluiceOption* options,
                            size_t n_options, struct ArrowArrayStream* out,
                            struct ArrowSchema* schema, int64_t* table_version,
                            SluiceError* error) {
  const PlanArguments arguments{client, table, options, n_options, out, schema, table_version};
  return Guard(error, [&] { return Plan(arguments, &client::Client::PlanChanges); });
}

int32_t sluice_task_start(SluiceClient* client, const void* task, size_t size, SluiceScan** out,
                          SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(task, "task"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    *out = nullptr;
    auto handle = std::make_unique<SluiceScan>();
    SLUICE_TRY(handle->scan, client->client->StartTask({static_cast<const char*>(task), size}));
    *out = handle.release();
    return {};
  });
}

}  // extern "C"
