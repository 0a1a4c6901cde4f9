// Scans of the C ABI.
#include "capi/handles.h"
#include "capi/options.h"

namespace sluice::capi {
namespace {

Result<bool> ApplyScanOption(std::string_view key, std::string_view value,
                             client::ScanRequest* out) {
  if (key == "version") {
    SLUICE_TRY(out->version, ParseInteger(value, 0));
  } else if (key == "timestamp") {
    out->timestamp = value;
  } else if (key == "limit") {
    SLUICE_TRY(out->limit, ParseInteger(value, 0));
  } else if (key == "json_predicate_hints") {
    out->json_predicate_hints = value;
  } else if (key == "response_format") {
    SLUICE_TRY(out->format, ParseFormat(std::string(value).c_str()));
  } else if (key == "keep_order") {
    SLUICE_TRY(out->keep_order, ParseFlag(value));
  } else if (key == "column") {
    out->columns.emplace_back(value);
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace sluice::capi

extern "C" {

using namespace sluice;        // NOLINT: the functions below are the ABI, outside of any namespace.
using namespace sluice::capi;  // NOLINT

int32_t sluice_scan_start(SluiceClient* client, const char* table, const SluiceOption* options,
                          size_t n_options, SluiceScan** out, SluiceError* error) {
  return Guard(error, [&]() -> Status {
    SLUICE_RETURN_IF_ERROR(RequireArgument(client, "client"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(table, "table"));
    SLUICE_RETURN_IF_ERROR(RequireArgument(out, "out"));
    *out = nullptr;
    client::ScanRequest request;
    SLUICE_TRY(request.table, protocol::ParseTableName(table));
    SLUICE_RETURN_IF_ERROR(
        ForEachOption(options, n_options, [&request](std::string_view key, std::string_view value) {
          return ApplyScanOption(key, value, &request);
        }));
    auto handle = std::make_unique<SluiceScan>();
    SLUICE_TRY(handle->scan, client->client->StartScan(std::move(request)));
    *out = handle.release();
    return {};
  });
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
