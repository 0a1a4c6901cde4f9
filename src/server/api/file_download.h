// Data files of local tables, fetched under signed URLs.
#pragma once

#include <string_view>

#include "base/result.h"
#include "server/api/call.h"

namespace sluice::api {

/// `path` is "{table id}/{key}", still percent-encoded. Errors: kPermissionDenied for a URL that
/// was changed or has expired, kNotFound for a file or table that is no longer there.
Result<Answer> DownloadFile(Call& call, std::string_view path);

}  // namespace sluice::api
