#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/code_points.h"
#include "base/digits.h"
#include "base/encoding.h"
#include "observe/access_log.h"

namespace sluice::observe {
namespace {

/// Enough to know a client or a path by; requests may carry far more.
constexpr std::size_t kMaxValueBytes = 1024;

/// As a JSON string. Beyond ASCII too, what a terminal or a reader of lines would act on becomes an
/// escape; on the wire such characters are nobody's trouble and stay.
void AppendLogString(std::string_view value, std::string* out) {
  const std::size_t begin = out->size();
  AppendJsonString(value, out);
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(value.begin(), value.end(), is_ascii)) return;
  const std::string quoted = out->substr(begin);
  out->resize(begin);
  for (std::string_view rest = quoted; !rest.empty();) {
    const std::string_view before = rest;
    const char32_t point = TakeCodePoint(&rest);
    if (IsControlPoint(point)) {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<std::uint32_t>(point));
    } else {
      out->append(before.substr(0, before.size() - rest.size()));
    }
  }
}

/// A field's name as JSON has it between two values: `,"name":`.
class FieldName {
 public:
  template <std::size_t N>
  consteval FieldName(const char (&name)[N]) : size_(N - 1 + 4) {  // NOLINT: used as its name.
    static_assert(N - 1 + 4 <= sizeof(json_));
    std::copy_n(",\"", 2, json_);
    std::copy_n(name, N - 1, json_ + 2);
    std::copy_n("\":", 2, json_ + N + 1);
  }
  std::string_view json() const { return {json_, size_}; }
  std::string_view bare() const { return {json_ + 2, size_ - 4}; }

 private:
  char json_[24] = {};
  std::size_t size_;
};

/// Writes the same fields in either format.
class FieldWriter {
 public:
  FieldWriter(AccessFormat format, std::string* out)
      : json_(format == AccessFormat::kJson), out_(out) {}

  /// Left out when empty.
  void Text(const FieldName& name, std::string_view value) {
    if (value.empty()) return;
    Name(name);
    value = value.substr(0, kMaxValueBytes);
    if (IsBare(value, json_ ? ' ' : '!')) {
      if (json_) out_->push_back('"');
      out_->append(value);
      if (json_) out_->push_back('"');
    } else {
      AppendLogString(value, out_);
    }
  }
  /// Left out when nobody knows it.
  void Number(const FieldName& name, std::optional<std::int64_t> value) {
    if (!value) return;
    Name(name);
    Append(*value);
  }
  void Flag(const FieldName& name, bool value) {
    Name(name);
    out_->append(value ? "true" : "false");
  }
  void Millis(const FieldName& name, std::int64_t micros) {
    Name(name);
    Append(micros / 1000);
    out_->append(".");
    AppendDigits(static_cast<std::uint32_t>(micros % 1000), 3, out_);
  }

 private:
  /// True when a value is ASCII from `least` on and needs no escape; with a `least` beyond the
  /// space, it needs no quotes to end at the next one.
  static bool IsBare(std::string_view value, char least) {
    return std::all_of(value.begin(), value.end(),
                       [least](char c) { return c >= least && c < 0x7F && c != '"' && c != '\\'; });
  }
  void Name(const FieldName& name) {
    if (json_) {
      out_->append(name.json());
      if (first_) out_->front() = '{';
    } else if (!first_) {
      // The time leads a text line without a name, as in every other log.
      out_->append(" ").append(name.bare()).append("=");
    }
    first_ = false;
  }
  void Append(std::int64_t value) {
    const fmt::format_int digits(value);
    out_->append(digits.data(), digits.size());
  }

  const bool json_;
  bool first_ = true;
  std::string* const out_;
};

}  // namespace

std::string FormatAccessRecord(const AccessRecord& record, AccessFormat format) {
  std::string line;
  line.reserve(512);
  FieldWriter out(format, &line);
  out.Text("time", FormatTimestamp(record.time_ms));
  out.Text("request", record.request_id);
  out.Text("remote", record.remote);
  out.Text("recipient", record.recipient);
  out.Text("admin", record.admin);
  out.Text("method", record.method);
  out.Text("path", record.path);
  out.Text("endpoint", record.endpoint);
  out.Number("status", record.status);
  out.Number("bytes", record.bytes_sent);
  out.Millis("ms", record.duration_us);
  out.Text("table", record.table);
  out.Number("version", record.version);
  out.Number("files", record.files);
  out.Number("file_bytes", record.file_bytes);
  out.Number("rows", record.rows);
  out.Number("skipped", record.skipped_files);
  out.Text("change", record.change);
  out.Text("target", record.target);
  out.Text("detail", record.detail);
  out.Flag("allowed", record.denied.empty());
  out.Text("denied", record.denied);
  out.Text("error", record.error);
  if (!record.complete) out.Flag("complete", false);
  out.Text("trace", record.trace_id);
  out.Text("span", record.parent_id);
  out.Text("tracestate", record.trace_state);
  out.Text("agent", record.user_agent);
  line.append(format == AccessFormat::kJson ? "}\n" : "\n");
  return line;
}

std::string FormatCatalogChange(const CatalogChange& change) {
  std::string line;
  FieldWriter out(AccessFormat::kJson, &line);
  out.Text("time", FormatTimestamp(change.time_ms));
  out.Text("admin", change.admin);
  out.Number("version", change.version);
  out.Text("change", change.change);
  out.Text("target", change.target);
  out.Text("detail", change.detail);
  out.Flag("allowed", true);
  return line + "}";
}

}  // namespace sluice::observe
