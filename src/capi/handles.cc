#include "capi/handles.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/arrow_status.h"
#include "base/pages.h"
#include "client/block_pool.h"

namespace sluice::capi {
namespace {

/// A copy that the caller frees through sluice_error_clear; null when memory is out.
char* CopyText(std::string_view text) noexcept {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) return nullptr;
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace

std::int32_t CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return SLUICE_INVALID_ARGUMENT;
    case ErrorKind::kMalformed:
      return SLUICE_MALFORMED;
    case ErrorKind::kUnauthenticated:
      return SLUICE_UNAUTHENTICATED;
    case ErrorKind::kPermissionDenied:
      return SLUICE_PERMISSION_DENIED;
    case ErrorKind::kNotFound:
      return SLUICE_NOT_FOUND;
    case ErrorKind::kAlreadyExists:
      return SLUICE_ALREADY_EXISTS;
    case ErrorKind::kUnsupported:
      return SLUICE_UNSUPPORTED;
    case ErrorKind::kDataMissing:
      return SLUICE_DATA_MISSING;
    case ErrorKind::kCorrupt:
      return SLUICE_CORRUPT;
    case ErrorKind::kTooLarge:
      return SLUICE_TOO_LARGE;
    case ErrorKind::kTimeout:
      return SLUICE_TIMEOUT;
    case ErrorKind::kUnavailable:
      return SLUICE_UNAVAILABLE;
    case ErrorKind::kCancelled:
      return SLUICE_CANCELLED;
    case ErrorKind::kInternal:
      return SLUICE_INTERNAL;
  }
  return SLUICE_INTERNAL;
}

std::int32_t Report(const Error& error, SluiceError* out) noexcept {
  const std::int32_t code = CodeOf(error.kind);
  if (out == nullptr) return code;
  sluice_error_clear(out);
  out->code = code;
  out->message = CopyText(error.message);
  if (!error.request_id.empty()) out->request_id = CopyText(error.request_id);
  return code;
}

Status RequireArgument(const void* pointer, std::string_view name) {
  if (pointer != nullptr) return {};
  return Fail(ErrorKind::kInvalidArgument, "{} must not be NULL", name);
}

Result<std::optional<protocol::ResponseFormat>> ParseFormat(const char* text) {
  const std::string_view name = text == nullptr ? std::string_view() : std::string_view(text);
  if (name.empty()) return std::nullopt;
  if (name == "parquet") return protocol::ResponseFormat::kParquet;
  if (name == "delta") return protocol::ResponseFormat::kDelta;
  return Fail(ErrorKind::kInvalidArgument, "response_format '{}' is neither parquet nor delta",
              name);
}

Status ExportReader(std::shared_ptr<arrow::RecordBatchReader> reader, ArrowArrayStream* out) {
  SLUICE_RETURN_IF_ARROW(arrow::ExportRecordBatchReader(std::move(reader), out), "export");
  return {};
}

Status ExportBatch(std::shared_ptr<arrow::RecordBatch> batch, ArrowArrayStream* out) {
  const auto schema = batch->schema();
  SLUICE_TRY(auto reader,
             FromArrow(arrow::RecordBatchReader::Make({std::move(batch)}, schema), "export"));
  return ExportReader(std::move(reader), out);
}

}  // namespace sluice::capi

extern "C" {

const char* sluice_version(void) {
  return SLUICE_VERSION;
}

void* sluice_pages_resize(void* block, size_t old_bytes, size_t new_bytes) {
  constexpr size_t kGrain = size_t{64} << 10;
  if (new_bytes > SIZE_MAX - kGrain) return nullptr;
  const auto rounded = [](size_t bytes) { return (bytes + kGrain - 1) / kGrain * kGrain; };
  auto* const pages = static_cast<std::uint8_t*>(block);
  if (new_bytes > 0) {
    return pages == nullptr ? sluice::MapPages(rounded(new_bytes))
                            : sluice::RemapPages(pages, rounded(old_bytes), rounded(new_bytes));
  }
  if (pages != nullptr) sluice::UnmapPages(pages, rounded(old_bytes));
  return nullptr;
}

void sluice_release_memory(void) {
  sluice::client::ScanMemory()->ReleaseUnused();
}

void sluice_error_clear(SluiceError* error) {
  if (error == nullptr) return;
  std::free(error->message);
  std::free(error->request_id);
  *error = SluiceError{0, nullptr, nullptr};
}

}  // extern "C"
