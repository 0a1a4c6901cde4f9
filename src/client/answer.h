// Answers of metadata and query: their headers, and their lines as they arrive.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"
#include "protocol/ndjson_reader.h"
#include "protocol/types.h"

namespace sluice::client {

struct AnswerHeader {
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
  /// The server has promised an endStreamAction: an answer without one was cut.
  bool ends_with_action = false;
};

AnswerHeader ReadAnswerHeader(const net::HttpResponse& response);
/// The table's version in the headers. Errors: kMalformed.
Result<std::int64_t> ReadTableVersion(const net::HttpResponse& response);

using LineSink = std::function<Status(protocol::Line line)>;

/// Splits a body into lines and parses them, wherever the pieces break. Not thread-safe.
/// Errors: kMalformed and kTooLarge, naming the line's number.
class AnswerReader {
 public:
  AnswerReader(protocol::ResponseFormat format, LineSink sink)
      : parser_(format), sink_(std::move(sink)) {}

  Status Consume(std::string_view piece);
  /// The end of the body: a last line without its newline.
  Status Finish();

 private:
  Status ConsumeLine(std::string_view line);

  protocol::LineParser parser_;
  LineSink sink_;
  std::string partial_;
  std::int64_t line_number_ = 0;
};

}  // namespace sluice::client
