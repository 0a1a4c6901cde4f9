// Arrow's Status and Result turned into ours, in one place.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include "base/result.h"

namespace sluice {

/// The kind that best names an Arrow failure met while reading `place`: a missing file is
/// kDataMissing, undecodable bytes are kCorrupt, other I/O is kUnavailable. A status made by
/// ToArrow gives back its own error.
Error FromArrow(const arrow::Status& status, std::string_view place);

/// Our error for code that Arrow calls, such as a file that Parquet reads.
arrow::Status ToArrow(const Error& error);

template <typename T>
Result<T> FromArrow(arrow::Result<T> result, std::string_view place) {
  if (!result.ok()) return Fail(FromArrow(result.status(), place));
  return std::move(result).ValueUnsafe();
}

}  // namespace sluice

/// Returns our Error to the caller when an arrow::Status expression failed.
#define SLUICE_RETURN_IF_ARROW(expr, place)                            \
  do {                                                                 \
    if (::arrow::Status sluice_arrow = (expr); !sluice_arrow.ok()) {   \
      return ::sluice::Fail(::sluice::FromArrow(sluice_arrow, place)); \
    }                                                                  \
  } while (false)
