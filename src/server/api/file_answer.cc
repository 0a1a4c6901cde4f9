#include "server/api/file_answer.h"

#include <optional>

#include "base/clock.h"
#include "server/api/byte_ranges.h"

namespace sluice::api {
namespace {

constexpr std::string_view kBinary = "application/octet-stream";

/// Whether a list of entity tags, or `*`, holds the file's. Weak tags compare by what they quote.
bool Matches(std::string_view list, std::string_view etag) {
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string_view item = list.substr(begin, end - begin);
    begin = end + 1;
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag || item == "*") return true;
  }
  return false;
}

bool IsNotModified(const FileFacts& file, const http::Request& request) {
  if (request.Has("if-none-match")) return Matches(request.Get("if-none-match"), file.etag);
  const auto since = ParseHttpDate(request.Get("if-modified-since"));
  return since && file.modified_s <= *since;
}

/// If-Range: the ranges hold only for the file the client has a part of.
bool RangesApply(const FileFacts& file, const http::Request& request) {
  const std::string_view condition = request.Get("if-range");
  if (condition.empty()) return true;
  if (condition.front() == '"') return condition == file.etag;
  const auto date = ParseHttpDate(condition);
  return date && *date == file.modified_s;
}

std::string ContentRange(const ByteRange& range, std::int64_t size) {
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size);
}

void PlanRanges(const std::vector<ByteRange>& ranges, std::int64_t size, std::string_view boundary,
                FilePlan* plan) {
  plan->head.status = 206;
  if (ranges.size() == 1) {
    plan->head.content_type = kBinary;
    plan->head.headers.emplace_back("Content-Range", ContentRange(ranges.front(), size));
    plan->pieces.push_back({"", ranges.front().offset, ranges.front().length});
    return;
  }
  plan->head.content_type = fmt::format("multipart/byteranges; boundary={}", boundary);
  for (const ByteRange& range : ranges) {
    plan->pieces.push_back({fmt::format("{}--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                                        plan->pieces.empty() ? "" : "\r\n", boundary, kBinary,
                                        ContentRange(range, size)),
                            range.offset, range.length});
  }
  plan->pieces.push_back({fmt::format("\r\n--{}--\r\n", boundary), 0, 0});
}

}  // namespace

FilePlan PlanFileAnswer(const FileFacts& file, const http::Request& request,
                        std::string_view boundary) {
  FilePlan plan;
  plan.head.headers = {{"Accept-Ranges", "bytes"},
                       {"ETag", file.etag},
                       {"Last-Modified", FormatHttpDate(file.modified_s)},
                       {"Cache-Control", "private"}};
  if (IsNotModified(file, request)) {
    plan.head.status = 304;
    return plan;
  }
  RangeRequest ranges;
  // Ranges are defined for GET only.
  if (request.method == "GET" && RangesApply(file, request))
    ranges = ParseRanges(request.Get("range"), file.size);
  if (ranges.kind == RangeRequest::Kind::kUnsatisfiable) {
    plan.head.status = 416;
    plan.head.headers.emplace_back("Content-Range", fmt::format("bytes */{}", file.size));
    return plan;
  }
  if (ranges.kind == RangeRequest::Kind::kRanges) {
    PlanRanges(ranges.ranges, file.size, boundary, &plan);
    return plan;
  }
  plan.head.content_type = kBinary;
  plan.pieces.push_back({"", 0, file.size});
  return plan;
}

}  // namespace sluice::api
