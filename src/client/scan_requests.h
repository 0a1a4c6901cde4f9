// What a caller asks for as the question that the protocol has for it.
#pragma once

#include "base/result.h"
#include "client/scan.h"
#include "protocol/request.h"

namespace sluice::client {

/// Errors: kInvalidArgument for a contradiction or a timestamp that is none.
Result<protocol::QueryRequest> QueryOf(const ScanRequest& request);

/// The same; asks for all that tells whether the changes can be read under one schema.
Result<protocol::ChangesRequest> QueryOf(const ChangesRequest& request);

}  // namespace sluice::client
