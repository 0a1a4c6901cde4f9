// Scans of the C ABI.
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/scan_options.h"

namespace sluice::capi {
namespace {

struct StartArguments {
  SluiceClient* client;
  const char* table;
  const SluiceOption* options;
  std::size_t n_options;
  SluiceScan** out;
};

using ScanPtr = std::shared_ptr<client::Scan>;

/// What both ways to start have in common; `start` is the client's.
template <typename Request>
Status Start(const StartArguments& arguments, Result<ScanPtr> (client::Client::*start)(Request)) {
  SLUICE_RETURN_IF_ERROR(RequireArgument(arguments.client, "client"));
  SLUICE_RETURN_IF_ERROR(RequireArgument(arguments.table, "table"));
  SLUICE_RETURN_IF_ERROR(RequireArgument(arguments.out, "out"));
  *arguments.out = nullptr;
  Request request;
  SLUICE_TRY(request.table, protocol::ParseTableName(arguments.table));
  SLUICE_RETURN_IF_ERROR(ForEachOption(arguments.options, arguments.n_options,
                                       [&request](std::string_view key, std::string_view value) {
                                         return ApplyOption(key, value, &request);
                                       }));
  auto handle = std::make_unique<SluiceScan>();
  SLUICE_TRY(handle->scan, ((*arguments.client->client).*start)(std::move(request)));
  *arguments.out = handle.release();
  return {};
}

}  // namespace
}  // namespace sluice::capi

extern "C" {

using namespace sluice;        // NOLINT: the functions below are the ABI, outside of any namespace.
using namespace sluice::capi;  // NOLINT

int32_t sluice_scan_start(SluiceClient* client, const char* table, const SluiceOption* options,
                          size_t n_options, SluiceScan** out, SluiceError* error) {
  const StartArguments arguments{client, table, options, n_options, out};
  return Guard(error, [&] { return Start(arguments, &client::Client::StartScan); });
}

int32_t sluice_changes_start(SluiceClient* client, const char* table, const SluiceOption* options,
                             size_t n_options, SluiceScan** out, SluiceError* error) {
  const StartArguments arguments{client, table, options, n_options, out};
  return Guard(error, [&] { return Start(arguments, &client::Client::StartChanges); });
}

int32_t sluice_scan_stream(SluiceScan* scan, struct ArrowArrayStream* out, SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(scan, "scan"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    const std::lock_guard lock(scan->mutex);
    if (scan->stream_taken) {
      return Fail(ErrorKind::kInvalidArgument, "the stream of this scan was taken already");
    }
    SLUICE_RETURN_IF_ERROR(ExportReader(client::AsRecordBatchReader(scan->scan), out));
    scan->stream_taken = true;
    return {};
  });
}

int64_t sluice_scan_table_version(const SluiceScan* scan) {
  return scan == nullptr ? -1 : scan->scan->table_version();
}

void sluice_scan_progress(const SluiceScan* scan, SluiceProgress* out) {
  if (out == nullptr) return;
  *out = SluiceProgress{};
  if (scan == nullptr) return;
  const client::ScanProgress progress = scan->scan->Progress();
  out->files_listed = progress.files_listed;
  out->files_done = progress.files_done;
  out->bytes_total = progress.bytes_total;
  out->bytes_read = progress.bytes_read;
  out->rows = progress.rows;
  out->listing_done = progress.listing_done ? 1 : 0;
}

void sluice_scan_cancel(SluiceScan* scan) {
  if (scan != nullptr) scan->scan->Cancel();
}

void sluice_scan_close(SluiceScan* scan) {
  delete scan;
}

}  // extern "C"
