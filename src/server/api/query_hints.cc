#include "server/api/query_hints.h"

#include "base/encoding.h"
#include "base/log.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

namespace sluice::api {
namespace {

using predicate::Expression;
using predicate::ExpressionPtr;

constexpr std::size_t kNoteBytes = 300;

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// All hints as one condition; null when there are none. Hints that are not evaluated are part of
/// it too, as something unknown: their rows are not counted for a limit.
ExpressionPtr ReadHints(const protocol::QueryRequest& request, const HintSettings& settings) {
  std::vector<ExpressionPtr> hints;
  for (const std::string& hint : request.predicate_hints) {
    if (IsBlank(hint)) continue;
    hints.push_back(settings.sql ? predicate::ParseSqlPredicate(hint)
                                 : predicate::Unknown("predicateHints are not evaluated"));
  }
  if (!IsBlank(request.json_predicate_hints)) {
    hints.push_back(settings.json || settings.json_v2
                        ? predicate::ParseJsonPredicate(request.json_predicate_hints)
                        : predicate::Unknown("jsonPredicateHints are not evaluated"));
  }
  if (hints.empty()) return nullptr;
  return predicate::And(std::move(hints));
}

}  // namespace

HintedFiles ApplyHints(const protocol::QueryRequest& request, const HintSettings& settings,
                       const delta::SnapshotPtr& snapshot, ThreadPool* pool,
                       std::string_view request_id) {
  HintedFiles out;
  out.files.snapshot = snapshot;
  const ExpressionPtr hints = ReadHints(request, settings);
  if (hints == nullptr) return out;
  delta::FileFilterOptions options;
  options.partition_columns_only = !settings.json_v2;
  const auto filter =
      delta::FileFilter::Bind(*hints, snapshot->schema(), snapshot->metadata(), options);
  for (const std::string& note : filter.notes()) {
    spdlog::debug("request {}: a hint skips nothing: {}", request_id, Printable(note, kNoteBytes));
  }
  out.files = delta::FilterFiles(snapshot, filter, pool);
  out.hinted = true;
  out.num_skipped = snapshot->num_files() - out.files.snapshot->num_files();
  return out;
}

}  // namespace sluice::api
