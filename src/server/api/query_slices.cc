#include "server/api/query_slices.h"

#include "protocol/ndjson_writer.h"
#include "server/api/error_response.h"

namespace sluice::api {
namespace {

constexpr std::size_t kSliceBytes = 384 << 10;

}  // namespace

std::size_t QuerySlices::count() const {
  return options_.count;
}

Status QuerySlices::Render(std::size_t index, std::string* out) const {
  if (index == 0) {
    *out = options_.begin;
  } else {
    out->reserve(kSliceBytes);
    SLUICE_RETURN_IF_ERROR(options_.append(index, out));
  }
  if (index + 1 == count()) out->append(options_.end);
  return {};
}

http::SliceFailure QuerySlices::Failure(const Error& error) const {
  protocol::EndStreamAction action;
  action.error_message = PublicMessage(error, options_.request_id);
  action.http_status_error_code = ShapeOf(error.kind).status;
  http::SliceFailure failure;
  protocol::AppendEndStreamLine(action, &failure.text);
  failure.understood = options_.asked_for_end;
  return failure;
}

Status SetBody(QuerySlicesOptions slices, Answer* answer) {
  if (slices.count > 0) SLUICE_RETURN_IF_ERROR(slices.append(0, &slices.begin));
  if (slices.count <= 1) {
    answer->body = std::move(slices.begin) + slices.end;
  } else {
    answer->slices = std::make_shared<QuerySlices>(std::move(slices));
  }
  return {};
}

}  // namespace sluice::api
