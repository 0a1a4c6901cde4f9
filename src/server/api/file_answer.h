// How a file is answered: validators, conditions and ranges, as a pure function of the request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/request.h"
#include "server/http/response.h"

namespace sluice::api {

struct FileFacts {
  std::int64_t size = 0;
  std::int64_t modified_s = 0;  ///< Seconds since the epoch.
  std::string etag;             ///< Strong, with its quotes.
};

struct FilePlan {
  http::ResponseHead head;
  std::vector<http::FilePiece> pieces;  ///< Empty: no body (304, 416).
};

/// 200, 206 with one or several ranges, 304 or 416. `boundary` parts a multipart answer.
FilePlan PlanFileAnswer(const FileFacts& file, const http::Request& request,
                        std::string_view boundary);

}  // namespace sluice::api
