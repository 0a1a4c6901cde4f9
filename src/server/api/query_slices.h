// A query's answer as slices for the HTTP side: what was rendered beforehand, then the files.
#pragma once

#include <memory>
#include <string>

#include "server/api/file_lines.h"
#include "server/api/query_plan.h"
#include "server/http/response.h"

namespace sluice::api {

struct QuerySlicesOptions {
  std::shared_ptr<const FileLines> lines;
  QueryPlan plan;
  std::string begin;  ///< Protocol, metadata and the files of the plan's first slice.
  std::string end;    ///< The endStreamAction line, or nothing.
  std::string request_id;
};

/// Immutable and thread-safe.
class QuerySlices : public http::SliceSource {
 public:
  explicit QuerySlices(QuerySlicesOptions options) : options_(std::move(options)) {}

  std::size_t count() const override;
  Status Render(std::size_t index, std::string* out) const override;
  std::string Failure(const Error& error) const override;

 private:
  const QuerySlicesOptions options_;
};

/// Appends the files of one slice of a plan.
Status AppendSlice(const FileLines& lines, const QueryPlan& plan, std::size_t slice,
                   std::string* out);

}  // namespace sluice::api
