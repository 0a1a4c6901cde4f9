// The border to code that throws: Parquet on damaged files, any allocation.
#pragma once

#include <parquet/exception.h>

#include <exception>
#include <new>
#include <string_view>

#include "base/arrow_status.h"
#include "base/encoding.h"
#include "base/result.h"

namespace sluice::delta {

/// Runs `body`, which returns a Result, and turns what it throws into an Error at `place`.
template <typename Body>
auto Guarded(std::string_view place, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorKind::kTooLarge, "{}: not enough memory", place);
  } catch (const parquet::ParquetStatusException& error) {
    // What went wrong may be the store, and not the file.
    return Fail(FromArrow(error.status(), place));
  } catch (const std::exception& error) {
    return Fail(Error{ErrorKind::kCorrupt, Printable(error.what(), 500)}.At(place));
  }
}

}  // namespace sluice::delta
