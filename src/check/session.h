// A session: one server under judgement, and which of its tables serve for which points.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/judge.h"
#include "check/survey.h"

namespace sluice::check {

/// Not thread-safe. Tables that are asked for and not found are an error made by NotTested.
class Session {
 public:
  Session(Prober& prober, Survey survey) : prober_(prober), survey_(std::move(survey)) {}

  const Survey& survey() const { return survey_; }
  Prober& prober() const { return prober_; }
  Result<Answer> Ask(const Probe& probe) const { return prober_.Ask(probe); }

  /// A listed share; a listed table, one that can be read where there is such.
  Result<std::string> AnyShare() const;
  Result<protocol::TableName> AnyTable() const;
  /// Its files are told in the parquet format, two of them at least where there is such a table.
  Result<const TableFacts*> Readable() const;
  /// Likewise, with at least so many files.
  Result<const TableFacts*> WithFiles(std::size_t least) const;
  /// With a partition column.
  Result<const TableFacts*> Partitioned() const;
  /// In the delta format, and in the parquet format too where there is such a table.
  Result<const TableFacts*> InDeltaFormat() const;
  Result<const TableFacts*> WithHistory() const;
  Result<const TableFacts*> WithChanges() const;

 private:
  Prober& prober_;
  const Survey survey_;
};

/// A data file or change of an answer, whatever its format. What is not there, or not of its type,
/// is left at its default: other points judge that.
struct FileFacts {
  std::string kind;  ///< "file", "add", "cdf" or "remove".
  std::string id;
  std::string url;
  std::int64_t size = -1;
  boost::json::object partition_values;
  boost::json::object stats;  ///< Empty: none.
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> expires_at_ms;
};
std::vector<FileFacts> FilesOf(const Lines& lines);

/// The files of an answer of status 200.
Result<std::vector<FileFacts>> FilesOf(const Answer& answer);

/// Ids in order; what makes two answers tell of the same files.
std::vector<std::string> SortedIds(const std::vector<FileFacts>& files);

/// The first metaData of the lines: the log's part of it in either format, or an empty object.
boost::json::object MetadataOf(const Lines& lines);

}  // namespace sluice::check
