#include "client/scan_task.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/uri.h"
#include "client/answer.h"
#include "json/answer.h"
#include "predicate/sql_predicate.h"
#include "protocol/ndjson_writer.h"

namespace sluice::client {
namespace {

using protocol::ResponseFormat;

constexpr std::int64_t kForm = 1;
constexpr std::size_t kMaxHeadBytes = std::size_t{16} << 20;
constexpr std::string_view kDelta = "delta";
constexpr std::string_view kParquet = "parquet";
constexpr std::string_view kMilliseconds = "milliseconds";

tl::unexpected<Error> NoTask(std::string_view field) {
  return Fail(ErrorKind::kMalformed, "no scan task: field '{}' is missing or wrong", field);
}

Result<std::string> FilterText(const predicate::Expression& filter) {
  std::string text = predicate::ToSql(filter);
  if (predicate::Equal(*predicate::ParseSqlPredicate(text), filter)) return text;
  return Fail(ErrorKind::kUnsupported, "the filter cannot travel: {}", text.substr(0, 200));
}

std::string QueryText(const protocol::ChangesRequest& changes) {
  std::string text;
  for (const auto& [name, value] : protocol::FormatChangesRequest(changes)) {
    if (!text.empty()) text += '&';
    text += PercentEncode(name) + "=" + PercentEncode(value);
  }
  return text;
}

boost::json::array TextsOf(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

Result<std::string> HeadOf(const ScanTask& task) {
  const protocol::TableName& name = task.listing.table;
  boost::json::object head;
  head["scanTask"] = kForm;
  head["table"] = TextsOf({name.share, name.schema, name.table});
  head["access"] = task.in_directory ? protocol::kDirectoryAccess : protocol::kUrlAccess;
  head["format"] = task.files.table.format == ResponseFormat::kDelta ? kDelta : kParquet;
  if (const auto& asked = task.listing.format) {
    head["askFormat"] = *asked == ResponseFormat::kDelta ? kDelta : kParquet;
  }
  head["version"] = task.files.table.version;
  head["listedVersion"] = task.at.version;
  if (!task.at.refresh_token.empty()) head["refreshToken"] = task.at.refresh_token;
  if (const auto* query = std::get_if<protocol::QueryRequest>(&task.listing.query)) {
    head["query"] = protocol::FormatQueryRequest(*query);
  } else {
    head["changes"] = QueryText(std::get<protocol::ChangesRequest>(task.listing.query));
    const bool millis = task.plan.changes == CommitTimeForm::kMilliseconds;
    head["commitTime"] = millis ? kMilliseconds : "timestamp";
  }
  if (task.last_version) head["lastVersion"] = *task.last_version;
  if (task.rows == CommitRows::kAddedAlone) head["skipChangeCommits"] = true;
  if (task.plan.columns) head["columns"] = TextsOf(*task.plan.columns);
  if (task.plan.filter != nullptr) {
    SLUICE_TRY(head["filter"], FilterText(*task.plan.filter));
  }
  if (task.limit) head["limit"] = *task.limit;
  head["keepOrder"] = task.keep_order;
  head["textType"] = TextFormName(task.plan.texts);
  head["files"] = task.files.files.size();
  return boost::json::serialize(head);
}

/// What the parquet format has inside its objects, the delta format has too.
void AppendTable(const TableInfo& table, std::string* out) {
  protocol::AppendProtocolLine(ResponseFormat::kDelta, {table.protocol.json, std::nullopt}, out);
  protocol::MetadataView view;
  view.delta_metadata_json = table.metadata.json;
  view.version = table.metadata.version;
  protocol::AppendMetadataLine(ResponseFormat::kDelta, view, out);
}

void AppendFile(const protocol::File& file, std::string* out) {
  protocol::FileView view;
  view.kind = file.kind;
  view.url = file.url;
  view.id = file.id;
  view.partition_values.assign(file.partition_values.begin(), file.partition_values.end());
  view.size = file.size;
  if (file.stats) view.stats = *file.stats;
  view.version = file.version;
  view.timestamp_ms = file.timestamp_ms;
  view.expires_at_ms = file.expires_at_ms.value_or(0);
  if (const auto& vector = file.deletion_vector) {
    view.deletion_vector =
        protocol::DeletionVectorView{vector->storage_type, vector->path_or_inline, vector->offset,
                                     vector->size_in_bytes, vector->cardinality};
  }
  protocol::AppendFileLine(ResponseFormat::kDelta, view, out);
}

/// The first line of a task.
class HeadReader {
 public:
  explicit HeadReader(const boost::json::object& head) : head_(head) {}

  Result<ScanTask> Read() const {
    SLUICE_TRY(const std::int64_t form, Number("scanTask"));
    if (form != kForm) {
      return Fail(ErrorKind::kUnsupported,
                  "the scan task is of form {}; this release reads form {}", form, kForm);
    }
    ScanTask task;
    SLUICE_TRY(task.listing.table, Name());
    SLUICE_TRY(task.in_directory,
               IsFirst("access", protocol::kDirectoryAccess, protocol::kUrlAccess));
    SLUICE_TRY(const bool delta, IsFirst("format", kDelta, kParquet));
    task.files.table.format = delta ? ResponseFormat::kDelta : ResponseFormat::kParquet;
    if (head_.contains("askFormat")) {
      SLUICE_TRY(const bool asks_delta, IsFirst("askFormat", kDelta, kParquet));
      task.listing.format = asks_delta ? ResponseFormat::kDelta : ResponseFormat::kParquet;
    }
    SLUICE_TRY(task.files.table.version, Number("version"));
    SLUICE_TRY(task.at.version, Number("listedVersion"));
    task.at.refresh_token = json::TextOf(head_, "refreshToken");
    SLUICE_RETURN_IF_ERROR(ReadQuery(&task));
    SLUICE_RETURN_IF_ERROR(ReadRows(&task));
    return task;
  }

 private:
  Result<std::int64_t> Number(std::string_view field) const {
    const auto number = json::NumberOf(head_, field);
    if (!number || *number < 0) return NoTask(field);
    return *number;
  }

  Result<bool> IsFirst(std::string_view field, std::string_view first,
                       std::string_view second) const {
    const std::string_view text = json::TextOf(head_, field);
    if (text != first && text != second) return NoTask(field);
    return text == first;
  }

  Result<std::vector<std::string>> Texts(std::string_view field) const {
    const auto* const found = head_.if_contains(field);
    if (found == nullptr || !found->is_array()) return NoTask(field);
    std::vector<std::string> texts;
    for (const auto& value : found->get_array()) {
      if (!value.is_string()) return NoTask(field);
      texts.emplace_back(value.get_string());
    }
    return texts;
  }

  Result<protocol::TableName> Name() const {
    SLUICE_TRY(auto names, Texts("table"));
    if (names.size() != 3) return NoTask("table");
    return protocol::TableName{std::move(names[0]), std::move(names[1]), std::move(names[2])};
  }

  Status ReadQuery(ScanTask* task) const {
    if (!head_.contains("changes")) {
      SLUICE_TRY(auto query, protocol::ParseQueryRequest(json::TextOf(head_, "query")));
      if (query.starting_version) SLUICE_RETURN_IF_ERROR(ReadAdded(task));
      task->listing.query = std::move(query);
      return {};
    }
    SLUICE_TRY(const auto parameters, protocol::ParseQueryString(json::TextOf(head_, "changes")));
    SLUICE_TRY(task->listing.query, protocol::ParseChangesRequest(parameters));
    SLUICE_TRY(task->last_version, Number("lastVersion"));
    SLUICE_TRY(const bool millis, IsFirst("commitTime", kMilliseconds, "timestamp"));
    task->plan.changes = millis ? CommitTimeForm::kMilliseconds : CommitTimeForm::kTimestamp;
    return {};
  }

  Status ReadAdded(ScanTask* task) const {
    SLUICE_TRY(task->last_version, Number("lastVersion"));
    const auto* const skip = head_.if_contains("skipChangeCommits");
    if (skip != nullptr && !skip->is_bool()) return NoTask("skipChangeCommits");
    const bool skips = skip != nullptr && skip->get_bool();
    task->rows = skips ? CommitRows::kAddedAlone : CommitRows::kAdded;
    return {};
  }

  Status ReadRows(ScanTask* task) const {
    if (head_.contains("columns")) {
      SLUICE_TRY(task->plan.columns, Texts("columns"));
    }
    if (head_.contains("filter")) {
      task->plan.filter = predicate::ParseSqlPredicate(json::TextOf(head_, "filter"));
      if (task->plan.filter->has_unknown()) return NoTask("filter");
    }
    if (head_.contains("limit")) {
      SLUICE_TRY(task->limit, Number("limit"));
    }
    const auto* const keep_order = head_.if_contains("keepOrder");
    if (keep_order == nullptr || !keep_order->is_bool()) return NoTask("keepOrder");
    task->keep_order = keep_order->get_bool();
    auto texts = ParseTextForm(json::TextOf(head_, "textType"));
    if (!texts) return NoTask("textType");
    task->plan.texts = *texts;
    return {};
  }

  const boost::json::object& head_;
};

Status AddLine(protocol::Line line, bool of_changes, GivenFiles* out) {
  if (auto* found = std::get_if<protocol::ProtocolLine>(&line)) {
    out->table.protocol = std::move(*found);
  } else if (auto* metadata = std::get_if<protocol::MetadataLine>(&line)) {
    out->table.metadata = std::move(*metadata);
  } else if (auto* file = std::get_if<protocol::File>(&line)) {
    if (file->expires_at_ms == 0) file->expires_at_ms.reset();
    if (of_changes && file->kind == protocol::FileKind::kFile)
      file->kind = protocol::FileKind::kAdd;
    out->files.push_back(std::move(*file));
  }
  return {};
}

}  // namespace

Result<std::string> FormatScanTask(const ScanTask& task) {
  SLUICE_TRY(std::string out, HeadOf(task));
  out += '\n';
  AppendTable(task.files.table, &out);
  for (const protocol::File& file : task.files.files) AppendFile(file, &out);
  return out;
}

Result<ScanTask> ParseScanTask(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  if (end > kMaxHeadBytes) return Fail(ErrorKind::kTooLarge, "no scan task: its head is too long");
  const auto head = json::ParseJsonObject(text.substr(0, end));
  if (!head) return Fail(ErrorKind::kMalformed, "no scan task: {}", head.error().message);
  SLUICE_TRY(ScanTask task, HeadReader(*head).Read());
  GivenFiles& files = task.files;
  AnswerReader reader(ResponseFormat::kDelta, [&](protocol::Line line) {
    return AddLine(std::move(line), task.last_version.has_value(), &files);
  });
  Status status = reader.Consume(text.substr(std::min(end + 1, text.size())));
  if (status) status = reader.Finish();
  if (!status) return Fail(status.error().At("scan task"));
  if (files.table.metadata.schema_string.empty()) return NoTask("metaData");
  const auto count = json::NumberOf(*head, "files");
  if (!count || *count != static_cast<std::int64_t>(files.files.size())) {
    return Fail(ErrorKind::kMalformed, "the scan task was cut: it has {} files",
                files.files.size());
  }
  return task;
}

}  // namespace sluice::client
