// The client's side of temporary-table-credentials.
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/types.h"

namespace sluice::protocol {

/// The body of an answer: one kind of credentials with all its fields, and a location in a store
/// of that kind. Errors: kMalformed naming the field, never quoting a value; kTooLarge.
Result<TemporaryCredentials> ParseCredentials(std::string_view body);

}  // namespace sluice::protocol
