// Questions to access logs in JSON: which lines answer them, and what of a line people read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::observe {

/// What is absent or empty excludes nothing.
struct AuditQuestion {
  std::string recipient;
  std::string table;    ///< "share", "share.schema" or "share.schema.table", in any case.
  std::string request;  ///< The id of one request.
  std::string admin;    ///< Who asked the admin API, or made a change by a command.
  std::optional<std::int64_t> since_ms;
  std::optional<std::int64_t> until_ms;
  bool denied = false;   ///< Only what was refused.
  bool changes = false;  ///< Only what changed the catalog, or would have.
};

struct AuditAnswer {
  bool is_record = false;  ///< The line is one of a JSON access log, or of FormatCatalogChange.
  bool matches = false;
  std::string text;  ///< For people, in one line without a line break; empty unless it matches.
};

/// Judges one line. What it holds is not trusted: the text has no control characters.
AuditAnswer JudgeAuditLine(std::string_view line, const AuditQuestion& question);

}  // namespace sluice::observe
