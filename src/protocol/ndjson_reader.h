// The client's side of an answer: lines parsed as they arrive, in either response format.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "protocol/types.h"

namespace sluice::protocol {

struct DeletionVector {
  char storage_type = 'p';
  std::string path_or_inline;  ///< A URL for 'p'.
  std::optional<std::int32_t> offset;
  std::int32_t size_in_bytes = 0;
  std::int64_t cardinality = 0;
};

struct File {
  /// The delta format does not tell the added files of changes from those of a snapshot: kFile.
  FileKind kind = FileKind::kFile;
  std::string url;
  std::string id;
  std::vector<std::pair<std::string, std::optional<std::string>>> partition_values;
  std::int64_t size = 0;
  std::optional<std::string> stats;
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
  std::optional<std::int64_t> expires_at_ms;
  // Delta format only:
  std::optional<DeletionVector> deletion_vector;
  bool data_change = true;  ///< False: the commit moved rows and changed none of them.
};

struct ProtocolLine {
  int min_reader_version = 1;
  int min_writer_version = 0;                ///< 0 in the parquet format.
  std::vector<std::string> reader_features;  ///< Delta format only.
  std::vector<std::string> writer_features;
  std::string json;  ///< The inner object as it came.
};

struct MetadataLine {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string format_provider;
  std::string schema_string;
  std::vector<std::string> partition_columns;
  std::vector<std::pair<std::string, std::string>> configuration;
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> size;
  std::optional<std::int64_t> num_files;
  std::vector<std::string> access_modes;  ///< Empty: not told, which means "url".
  std::string json;                       ///< The inner object as it came.
};

/// A line of a kind this version does not know; passed over ("clients can assume that unrecognized
/// fields are never required").
struct UnknownLine {
  std::string name;
};

using Line =
    std::variant<ProtocolLine, MetadataLine, File, EndStreamAction, QueryStatus, UnknownLine>;

/// Not thread-safe; keep one for many lines, it reuses its buffers. Errors: kMalformed naming the
/// field, kUnsupported for a removed file that the log tells nothing of; the caller adds URL and
/// line number.
class LineParser {
 public:
  explicit LineParser(ResponseFormat format);
  ~LineParser();
  Result<Line> Parse(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_page_token;  ///< Empty on the last page.
};

/// Bodies of listings. Errors: kMalformed.
Result<Page<Share>> ParseShares(std::string_view body);
Result<Page<Schema>> ParseSchemas(std::string_view body);
Result<Page<Table>> ParseTables(std::string_view body);

struct ServerError {
  std::string code;  ///< Empty where there is a message alone, as gateways before servers say it.
  std::string message;
};
/// {"errorCode":…,"message":…} or one of them, or nullopt when the body is something else.
std::optional<ServerError> ParseError(std::string_view body);

}  // namespace sluice::protocol
