#include "client/answer.h"

#include <charconv>

#include "base/ascii.h"
#include "protocol/capabilities.h"

namespace sluice::client {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;

}  // namespace

Result<std::int64_t> ReadTableVersion(const net::HttpResponse& response) {
  const std::string_view text = response.Get(ToLower(protocol::kTableVersionHeader));
  std::int64_t version = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || version < 0) {
    return Fail(ErrorKind::kMalformed, "the server's answer has {} header {}",
                text.empty() ? "no" : "an unreadable", protocol::kTableVersionHeader);
  }
  return version;
}

AnswerHeader ReadAnswerHeader(const net::HttpResponse& response) {
  AnswerHeader header;
  const auto capabilities =
      protocol::ParseCapabilities(response.Get(protocol::kCapabilitiesHeader));
  if (capabilities.accepts_delta) header.format = protocol::ResponseFormat::kDelta;
  header.ends_with_action = capabilities.include_end_stream_action;
  return header;
}

Status AnswerReader::Consume(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    if (end == std::string_view::npos) {
      if (partial_.size() + piece.size() > kMaxLineBytes) {
        return Fail(ErrorKind::kTooLarge, "line {} of the answer is longer than {} bytes",
                    line_number_ + 1, kMaxLineBytes);
      }
      partial_.append(piece);
      return {};
    }
    if (partial_.empty()) {
      SLUICE_RETURN_IF_ERROR(ConsumeLine(piece.substr(0, end)));
    } else {
      partial_.append(piece.substr(0, end));
      SLUICE_RETURN_IF_ERROR(ConsumeLine(partial_));
      partial_.clear();
    }
    piece.remove_prefix(end + 1);
  }
  return {};
}

Status AnswerReader::Finish() {
  const std::string last = std::move(partial_);
  partial_.clear();
  return ConsumeLine(last);
}

Status AnswerReader::ConsumeLine(std::string_view line) {
  ++line_number_;
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.empty()) return {};
  auto parsed = parser_.Parse(line);
  if (!parsed) {
    return Fail(parsed.error().At(fmt::format("line {} of the answer", line_number_)));
  }
  return sink_(*std::move(parsed));
}

}  // namespace sluice::client
