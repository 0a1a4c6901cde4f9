#include "server/api/query_slices.h"

#include "protocol/ndjson_writer.h"
#include "server/api/error_response.h"

namespace sluice::api {
namespace {

constexpr std::size_t kSliceBytes = 384 << 10;

}  // namespace

Status AppendSlice(const FileLines& lines, const QueryPlan& plan, std::size_t slice,
                   std::string* out) {
  for (std::size_t i = plan.slice_begins[slice]; i < plan.slice_begins[slice + 1]; ++i) {
    SLUICE_RETURN_IF_ERROR(lines.Append(plan.spans[i], out));
  }
  return {};
}

std::size_t QuerySlices::count() const {
  return options_.plan.num_slices();
}

Status QuerySlices::Render(std::size_t index, std::string* out) const {
  if (index == 0) {
    *out = options_.begin;
  } else {
    out->reserve(kSliceBytes);
    SLUICE_RETURN_IF_ERROR(AppendSlice(*options_.lines, options_.plan, index, out));
  }
  if (index + 1 == count()) out->append(options_.end);
  return {};
}

std::string QuerySlices::Failure(const Error& error) const {
  protocol::EndStreamAction action;
  action.error_message = PublicMessage(error, options_.request_id);
  action.http_status_error_code = ShapeOf(error.kind).status;
  std::string line;
  protocol::AppendEndStreamLine(action, &line);
  return line;
}

}  // namespace sluice::api
