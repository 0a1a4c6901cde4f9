#include "capi/scan_options.h"

#include <string>
#include <utility>

#include "capi/handles.h"
#include "capi/options.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

namespace sluice::capi {
namespace {

/// Rows pass when they pass every filter.
Status AddFilter(predicate::ExpressionPtr more, predicate::ExpressionPtr* filter) {
  if (more->has_unknown()) {
    return Fail(ErrorKind::kInvalidArgument, "{}", predicate::UnknownReasons(*more).front());
  }
  *filter = *filter == nullptr ? std::move(more) : predicate::And({*filter, std::move(more)});
  return {};
}

/// Options of whatever reads rows.
template <typename Request>
Result<bool> ApplyRowsOption(std::string_view key, std::string_view value, Request* out) {
  if (key == "limit") {
    SLUICE_TRY(out->limit, ParseInteger(value, 0));
  } else if (key == "response_format") {
    SLUICE_TRY(out->format, ParseFormat(std::string(value).c_str()));
  } else if (key == "keep_order") {
    SLUICE_TRY(out->keep_order, ParseFlag(value));
  } else if (key == "text_type") {
    SLUICE_TRY(out->texts, client::ParseTextForm(value));
  } else if (key == "column") {
    if (!out->columns) out->columns.emplace();
    out->columns->emplace_back(value);
  } else if (key == "filter") {
    SLUICE_RETURN_IF_ERROR(AddFilter(predicate::ParseJsonPredicate(value), &out->filter));
  } else if (key == "filter_sql") {
    SLUICE_RETURN_IF_ERROR(AddFilter(predicate::ParseSqlPredicate(value), &out->filter));
  } else {
    return false;
  }
  return true;
}

Result<client::CommitTimeForm> ParseCommitTime(std::string_view text) {
  if (text == "timestamp") return client::CommitTimeForm::kTimestamp;
  if (text == "milliseconds") return client::CommitTimeForm::kMilliseconds;
  return Fail(ErrorKind::kInvalidArgument, "'{}' is neither timestamp nor milliseconds", text);
}

}  // namespace

Result<bool> ApplyOption(std::string_view key, std::string_view value, client::ScanRequest* out) {
  if (key == "version") {
    SLUICE_TRY(out->version, ParseInteger(value, 0));
  } else if (key == "timestamp") {
    out->timestamp = value;
  } else if (key == "starting_version") {
    SLUICE_TRY(out->starting_version, ParseInteger(value, 0));
  } else if (key == "ending_version") {
    SLUICE_TRY(out->ending_version, ParseInteger(value, 0));
  } else if (key == "skip_change_commits") {
    SLUICE_TRY(out->skip_change_commits, ParseFlag(value));
  } else if (key == "json_predicate_hints") {
    out->json_predicate_hints = value;
  } else {
    return ApplyRowsOption(key, value, out);
  }
  return true;
}

Result<bool> ApplyOption(std::string_view key, std::string_view value,
                         client::ChangesRequest* out) {
  if (key == "starting_version") {
    SLUICE_TRY(out->starting_version, ParseInteger(value, 0));
  } else if (key == "ending_version") {
    SLUICE_TRY(out->ending_version, ParseInteger(value, 0));
  } else if (key == "starting_timestamp") {
    out->starting_timestamp = value;
  } else if (key == "ending_timestamp") {
    out->ending_timestamp = value;
  } else if (key == "commit_timestamp") {
    SLUICE_TRY(out->commit_time, ParseCommitTime(value));
  } else {
    return ApplyRowsOption(key, value, out);
  }
  return true;
}

}  // namespace sluice::capi
