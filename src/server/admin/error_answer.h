// Errors of operations as answers. Not part of this folder's interface.
#pragma once

#include <string>

#include "base/result.h"
#include "server/http/response.h"

namespace sluice::admin {

/// As recipients are answered; but what is withheld from them speaks of tables there, and here it
/// is the catalog that failed. That goes to the log.
http::Response ErrorOf(const Error& error, const std::string& request_id);

}  // namespace sluice::admin
