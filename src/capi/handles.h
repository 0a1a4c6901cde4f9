// The opaque handles behind the C ABI, and what its functions share.
#pragma once

#include <arrow/c/abi.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/client.h"
#include "sluice/sluice.h"

struct SluiceClient {
  std::shared_ptr<sluice::client::Client> client;
};

struct SluiceScan {
  std::shared_ptr<sluice::client::Scan> scan;
  std::mutex mutex;
  bool stream_taken = false;  ///< Guarded by `mutex`.
};

namespace sluice::capi {

/// The number of a kind at the ABI. Never changes for a kind.
std::int32_t CodeOf(ErrorKind kind);

/// Fills `out`, if it is not null, and returns the code. Does not throw.
std::int32_t Report(const Error& error, SluiceError* out) noexcept;

/// Runs the body of an ABI function: its error, or what it throws, becomes code and `out`.
template <typename Body>
std::int32_t Guard(SluiceError* out, const Body& body) noexcept {
  try {
    const Status status = body();
    return status ? SLUICE_OK : Report(status.error(), out);
  } catch (const std::bad_alloc&) {
    return Report({ErrorKind::kTooLarge, "out of memory"}, out);
  } catch (const std::exception& error) {
    return Report({ErrorKind::kInternal, error.what()}, out);
  } catch (...) {
    return Report({ErrorKind::kInternal, "an exception of unknown type"}, out);
  }
}

/// Errors: kInvalidArgument naming the argument when `pointer` is null.
Status RequireArgument(const void* pointer, std::string_view name);

/// "parquet" or "delta"; null or empty: none. Errors: kInvalidArgument.
Result<std::optional<protocol::ResponseFormat>> ParseFormat(const char* text);

/// Exports record batches of one table as a C stream. Errors: those of Arrow.
Status ExportBatch(std::shared_ptr<arrow::RecordBatch> batch, ArrowArrayStream* out);
Status ExportReader(std::shared_ptr<arrow::RecordBatchReader> reader, ArrowArrayStream* out);

}  // namespace sluice::capi
