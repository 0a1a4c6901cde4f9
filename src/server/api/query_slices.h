// A streamed answer as slices for the HTTP side: what was rendered beforehand, then the files.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "server/api/call.h"
#include "server/http/response.h"

namespace sluice::api {

struct QuerySlicesOptions {
  std::size_t count = 0;  ///< Of slices.
  /// Appends the lines of one slice. Called from any thread, different slices at once.
  std::function<Status(std::size_t slice, std::string* out)> append;
  std::string begin;  ///< Lines before the first slice.
  std::string end;    ///< Lines after the last slice: the endStreamAction, or nothing.
  std::string request_id;
  ThreadPool* pool = nullptr;  ///< As http::SliceSource has it.
  bool asked_for_end = false;  ///< The client reads an endStreamAction as the end of the answer.
};

/// Immutable and thread-safe.
class QuerySlices : public http::SliceSource {
 public:
  /// `begin` holds the lines of the first slice as well.
  explicit QuerySlices(QuerySlicesOptions options) : options_(std::move(options)) {}

  std::size_t count() const override;
  ThreadPool* pool() const override { return options_.pool; }
  Status Render(std::size_t index, std::string* out) const override;
  http::SliceFailure Failure(const Error& error) const override;

 private:
  const QuerySlicesOptions options_;
};

/// Puts the body into an answer: whole when it is one slice at most, streamed otherwise. The first
/// slice is rendered here, before the head is sent, so that what is wrong with all files still
/// becomes a proper status. Errors: of the first slice.
Status SetBody(QuerySlicesOptions slices, Answer* answer);

}  // namespace sluice::api
