// Scan: the rows of a table as a stream of Arrow batches.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/text_form.h"
#include "predicate/expression.h"
#include "protocol/types.h"

namespace sluice::client {

struct ScanRequest {
  protocol::TableName table;
  std::optional<std::int64_t> version;
  std::string timestamp;  ///< ISO 8601; empty: none. Not together with `version`.
  /// Instead of a version: only rows that commits added from this version to `ending_version`, both
  /// included, of tables with and without a change data feed. Next() fails with kUnsupported,
  /// naming the version, where one of them also removed or rewrote rows; no row of such a commit is
  /// handed out. Commits that change no row, as those of compactions, are passed over.
  std::optional<std::int64_t> starting_version;
  std::optional<std::int64_t> ending_version;  ///< No end: the latest version.
  bool skip_change_commits = false;   ///< Commits that would be refused are left out as a whole.
  std::optional<std::int64_t> limit;  ///< Exactly the first rows, or all when there are fewer.
  /// Logical names, in this order; without: all. None at all gives batches of rows without
  /// columns, for which no more is read than tells how many there are.
  std::optional<std::vector<std::string>> columns;
  /// Only rows for which it is true; null: all. See RowFilter for how values compare.
  predicate::ExpressionPtr filter;
  /// Passed to the server as it is. Not together with `starting_version`.
  std::string json_predicate_hints;
  /// Of the server's answer; without: it chooses among both.
  std::optional<protocol::ResponseFormat> format;
  /// Batches come in the order of the server's answer; else as they are ready.
  bool keep_order = true;
  TextForm texts = TextForm::kUtf8;
};

/// What `_commit_timestamp` of changes is.
enum class CommitTimeForm {
  kTimestamp,     ///< timestamp[us, UTC]
  kMilliseconds,  ///< int64, since 1970
};

/// The changes of a table between two of its versions, both included. Exactly one start.
struct ChangesRequest {
  protocol::TableName table;
  std::optional<std::int64_t> starting_version;
  std::string starting_timestamp;  ///< ISO 8601: from the first version that is not older.
  std::optional<std::int64_t> ending_version;  ///< No end: the latest version.
  std::string ending_timestamp;                ///< To the last version that is not younger.
  std::optional<std::int64_t> limit;
  /// Of the table and of changes (`_change_type`, `_commit_version`, `_commit_timestamp`), in this
  /// order; without: all.
  std::optional<std::vector<std::string>> columns;
  predicate::ExpressionPtr filter;  ///< As of ScanRequest; of changes' own columns, too.
  CommitTimeForm commit_time = CommitTimeForm::kTimestamp;
  std::optional<protocol::ResponseFormat> format;  ///< Without: the server chooses among both.
  /// By version, and within one as the server lists them; else as they are ready.
  bool keep_order = true;
  TextForm texts = TextForm::kUtf8;
};

/// What a scan has done so far.
struct ScanProgress {
  std::int64_t files_listed = 0;  ///< Grows until the server's answer has been read.
  bool listing_done = false;
  std::int64_t files_done = 0;   ///< All their rows have been handed out.
  std::int64_t bytes_total = 0;  ///< Sizes of the files listed.
  std::int64_t bytes_read = 0;   ///< Fetched from the network.
  std::int64_t rows = 0;         ///< Handed out.
};

/// Next() from one thread at a time; Progress() and Cancel() from any. Files are fetched and
/// decoded ahead by threads of its own, within the client's memory budget.
class Scan {
 public:
  virtual ~Scan() = default;

  /// Logical columns of the table (or those asked for) with the table's types.
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  /// The version that is read; of changes and added rows the one that they are read up to.
  virtual std::int64_t table_version() const = 0;

  /// The next batch, never empty; null at the end. After an error the scan is over. Errors: those
  /// of Client; kTimeout after ClientOptions::deadline_ms; kCorrupt for a data file that does not
  /// decode, kUnsupported naming the table feature, each with the file's id.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;

  virtual ScanProgress Progress() const = 0;
  /// Next() returns kCancelled soon. Idempotent.
  virtual void Cancel() = 0;
};

/// The scan as Arrow's own reader, for the C stream interface and Arrow's writers. The message of
/// an Arrow status carries the kind in front: "not_found: …".
std::shared_ptr<arrow::RecordBatchReader> AsRecordBatchReader(std::shared_ptr<Scan> scan);

}  // namespace sluice::client
