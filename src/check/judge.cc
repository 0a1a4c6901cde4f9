#include "check/judge.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/encoding.h"

namespace sluice::check {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxShown = 120;
/// Of a line: less than the URL of a file needs until its signature.
constexpr std::size_t kMaxShownLine = 40;

/// What a body says of an error, for findings: " (INTERNAL_ERROR: …)" or nothing.
std::string Explanation(const Answer& answer) {
  if (answer.body().empty() || answer.status() < 400) return "";
  return fmt::format(" ({})", Shown(answer.body()));
}

std::string_view MediaType(std::string_view header) {
  return Trim(header.substr(0, header.find(';')));
}

}  // namespace

std::string Shown(std::string_view text) {
  return Printable(text, kMaxShown);
}

Finding ExpectStatus(const Answer& answer, int wanted) {
  if (answer.status() == wanted) return {};
  return Violated("{} was answered {}, not {}{}", answer.place, answer.status(), wanted,
                  Explanation(answer));
}

Finding ExpectType(const Answer& answer, std::string_view wanted) {
  const std::string_view type = answer.Get("content-type");
  if (EqualsIgnoreCase(MediaType(type), wanted)) return {};
  if (type.empty()) return Violated("{}: the answer has no Content-Type", answer.place);
  return Violated("{}: the answer's Content-Type is '{}', not {}", answer.place, Shown(type),
                  wanted);
}

Finding ExpectError(const Answer& answer, std::initializer_list<int> wanted) {
  const bool right = std::find(wanted.begin(), wanted.end(), answer.status()) != wanted.end();
  if (!right) return ExpectStatus(answer, *wanted.begin());
  SLUICE_RETURN_IF_ERROR(ExpectType(answer, "application/json"));
  SLUICE_TRY(const auto value, JsonOf(answer));
  return ExpectShape(value, protocol::kErrorShape, answer.place + ": the error");
}

Result<std::int64_t> VersionOf(const Answer& answer) {
  const std::string_view text = answer.Get("delta-table-version");
  if (text.empty()) return Violated("{}: no header Delta-Table-Version", answer.place);
  std::int64_t version = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), version);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || version < 0) {
    return Violated("{}: Delta-Table-Version is '{}', no version", answer.place, Shown(text));
  }
  return version;
}

Finding ExpectVersion(const Answer& answer) {
  return VersionOf(answer).map([](std::int64_t) {});
}

Result<json::value> JsonOf(const Answer& answer) {
  json::error_code error;
  json::value value = json::parse(answer.body(), error);
  if (!error) return value;
  return Violated("{}: the body is no JSON: '{}'", answer.place, Shown(answer.body()));
}

Result<json::object> ObjectOf(const Answer& answer, const protocol::Shape& shape) {
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  SLUICE_RETURN_IF_ERROR(ExpectType(answer, "application/json"));
  SLUICE_TRY(json::value value, JsonOf(answer));
  SLUICE_RETURN_IF_ERROR(ExpectShape(value, shape, answer.place));
  return std::move(value.as_object());
}

const protocol::Shape& Lines::shape() const {
  return format == protocol::ResponseFormat::kDelta ? protocol::kDeltaLineShape
                                                    : protocol::kParquetLineShape;
}

Result<Lines> LinesOf(const Answer& answer) {
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  Lines lines;
  std::string_view rest = answer.body();
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    json::error_code error;
    json::value value = json::parse(text, error);
    const json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr || object->size() != 1 || !object->begin()->value().is_object()) {
      return Violated("{}: line {} is no JSON object that wraps one object: '{}'", answer.place,
                      number, Printable(text, kMaxShownLine));
    }
    lines.all.push_back(
        {std::string(object->begin()->key()), object->begin()->value().as_object()});
  }
  if (!lines.all.empty() && lines.all.front().content.contains("deltaProtocol")) {
    lines.format = protocol::ResponseFormat::kDelta;
  }
  return lines;
}

Finding ExpectLineShapes(const Lines& lines, std::initializer_list<std::string_view> kinds,
                         std::string_view place) {
  for (std::size_t i = 0; i < lines.all.size(); ++i) {
    const Line& line = lines.all[i];
    if (std::find(kinds.begin(), kinds.end(), line.kind) == kinds.end()) continue;
    const protocol::Field* field = protocol::FindField(lines.shape(), line.kind);
    if (field == nullptr) {
      return Violated(
          "{}: line {} is '{}', which the {} has not", place, i + 1, line.kind,
          lines.format == protocol::ResponseFormat::kDelta ? "delta format" : "parquet format");
    }
    SLUICE_RETURN_IF_ERROR(ExpectShape(line.content, *field->shape,
                                       fmt::format("{}: line {}, {}", place, i + 1, line.kind)));
  }
  return {};
}

}  // namespace sluice::check
