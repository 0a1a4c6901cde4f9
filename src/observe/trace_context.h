// The trace that a request belongs to (W3C Trace Context), as callers hand it on.
#pragma once

#include <string_view>

namespace sluice::observe {

/// Both are parts of the header; empty where there was none, or none that is sound.
struct TraceParent {
  std::string_view trace_id;   ///< 32 hex digits in lower case, not all zero.
  std::string_view parent_id;  ///< 16 likewise: the caller's span.
};

/// Reads the value of `traceparent`. Later versions than 00 may have more at the end.
TraceParent ParseTraceParent(std::string_view header);

}  // namespace sluice::observe
