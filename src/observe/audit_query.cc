#include "observe/audit_query.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/code_points.h"
#include "json/answer.h"

namespace sluice::observe {
namespace {

using json::NumberOf;
using json::TextOf;

bool IsBelow(std::string_view table, std::string_view wanted) {
  if (table.size() < wanted.size()) return false;
  if (!EqualsIgnoreCase(table.substr(0, wanted.size()), wanted)) return false;
  return table.size() == wanted.size() || table[wanted.size()] == '.';
}

bool Matches(const boost::json::object& record, std::int64_t time_ms,
             const AuditQuestion& question) {
  if (question.since_ms && time_ms < *question.since_ms) return false;
  if (question.until_ms && time_ms >= *question.until_ms) return false;
  if (question.denied && TextOf(record, "denied").empty()) return false;
  if (!question.recipient.empty() && TextOf(record, "recipient") != question.recipient) {
    return false;
  }
  if (!question.admin.empty() && TextOf(record, "admin") != question.admin) return false;
  if (question.changes && TextOf(record, "change").empty()) return false;
  if (!question.request.empty() && TextOf(record, "request") != question.request) return false;
  return question.table.empty() || IsBelow(TextOf(record, "table"), question.table);
}

std::string Plain(std::string_view text) {
  return text.empty() ? "-" : WithoutControlPoints(text, ' ');
}

std::string Number(const boost::json::object& record, std::string_view name) {
  const auto number = NumberOf(record, name);
  return number ? std::to_string(*number) : "-";
}

/// The first of both that is there.
std::string_view Either(const boost::json::object& record, std::string_view name,
                        std::string_view other) {
  const std::string_view text = TextOf(record, name);
  return text.empty() ? TextOf(record, other) : text;
}

std::string Outcome(const boost::json::object& record) {
  for (const auto& [name, word] : {std::pair{"denied", "denied"}, {"error", "failed"}}) {
    const std::string_view reason = TextOf(record, name);
    if (!reason.empty()) return fmt::format("{}: {}", word, Plain(reason));
  }
  const std::string_view change = TextOf(record, "change");
  if (change.empty()) return "allowed";
  const std::string_view detail = TextOf(record, "detail");
  return fmt::format("changed: {}{}", Plain(change), detail.empty() ? "" : ", " + Plain(detail));
}

std::string Line(const boost::json::object& record) {
  return fmt::format("{}  {:<20} {:<22} {:<20} {:<28} v{:<6} {:>8} files {:>12} bytes  {}  {}",
                     Plain(TextOf(record, "time")), Plain(Either(record, "recipient", "admin")),
                     Plain(TextOf(record, "remote")), Plain(TextOf(record, "endpoint")),
                     Plain(Either(record, "table", "target")), Number(record, "version"),
                     Number(record, "files"), Number(record, "bytes"), Number(record, "status"),
                     Outcome(record));
}

}  // namespace

AuditAnswer JudgeAuditLine(std::string_view line, const AuditQuestion& question) {
  AuditAnswer answer;
  const auto record = json::ParseJsonObject(line);
  if (!record) return answer;
  const auto time_ms = ParseTimestamp(TextOf(*record, "time"));
  answer.is_record = time_ms && !Either(*record, "request", "change").empty();
  answer.matches = answer.is_record && Matches(*record, *time_ms, question);
  if (answer.matches) answer.text = Line(*record);
  return answer;
}

}  // namespace sluice::observe
