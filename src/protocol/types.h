// The nouns of the Delta Sharing protocol as both sides pass them on the wire.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::protocol {

struct Share {
  std::string name;
  std::string id;  ///< Empty when the server gives none.
  // The provider's words about it; answers leave out what is empty.
  std::string comment = {};
  std::map<std::string, std::string> properties = {};
};

struct Schema {
  std::string name;
  std::string share;
};

struct Table {
  std::string name;
  std::string schema;
  std::string share;
  std::string share_id;  ///< Empty when the server gives none.
  std::string id;        ///< Likewise.
  /// How its data may be read: "url", "dir". Empty: not told, which means "url".
  std::vector<std::string> access_modes = {};
  std::string location = {};  ///< Of the table's directory, where it may be read; else empty.
};

/// Data files are fetched by signed URLs.
inline constexpr std::string_view kUrlAccess = "url";
/// The table's directory is read with temporary credentials.
inline constexpr std::string_view kDirectoryAccess = "dir";

/// Credentials that read a directory, and until when. Never logged.
struct TemporaryCredentials {
  std::string location;
  std::string kind;  ///< "awsTempCredentials", "azureUserDelegationSas" or "gcpOauthToken".
  std::map<std::string, std::string, std::less<>> fields;  ///< Of the object of that name.
  std::int64_t expiration_ms = 0;                          ///< Milliseconds since the epoch.
};

/// share.schema.table, as a URL `profile#share.schema.table` names it.
struct TableName {
  std::string share;
  std::string schema;
  std::string table;
};

enum class ResponseFormat { kParquet, kDelta };

/// How the `id` of a file is made: MD5 of its path, or SHA-256 of its path.
enum class FileIdHash { kParquet, kDelta };

using PartitionValue = std::pair<std::string_view, std::optional<std::string_view>>;

/// A deletion vector with its file's location already turned into a URL (storage type 'p'), or
/// inline ('i').
struct DeletionVectorView {
  char storage_type = 'p';
  std::string_view path_or_inline;
  std::optional<std::int32_t> offset;
  std::int32_t size_in_bytes = 0;
  std::int64_t cardinality = 0;
};

/// What a file of an answer is. The parquet format names the line by it (`file`, `add`, `remove`,
/// `cdf`), the delta format the action inside (`add`, `add`, `remove`, `cdc`).
enum class FileKind {
  kFile,    ///< Of a snapshot.
  kAdd,     ///< A change: its rows are new.
  kRemove,  ///< A change: its rows are gone.
  kCdc,     ///< Its rows are changes, and say of which type.
};

/// One data file of an answer. Views: whoever fills it keeps what they point at.
struct FileView {
  FileKind kind = FileKind::kFile;
  std::string_view url;
  std::string_view id;
  std::vector<PartitionValue> partition_values;
  /// Absent for a removed file only, where the log does not say.
  std::optional<std::int64_t> size = 0;
  std::optional<std::string_view> stats;  ///< JSON text.
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> timestamp_ms;
  std::int64_t expires_at_ms = 0;
  // Shown in the delta format only:
  std::int64_t modification_time = 0;
  std::optional<DeletionVectorView> deletion_vector;
  std::string_view deletion_vector_file_id;  ///< Empty: none.
  std::optional<std::int64_t> base_row_id;
  std::optional<std::int64_t> default_row_commit_version;
  std::optional<std::string_view> clustering_provider;
  // Of a removed file:
  std::optional<std::int64_t> deletion_timestamp;
  /// Whether partition values and size are known; false for what an old writer removed.
  bool extended_file_metadata = true;
};

/// How an asynchronous query stands: the only line of an answer about one that has not succeeded.
struct QueryStatus {
  std::string query_id;
  std::string status = "pending";  ///< Or "failed".
  std::string error_message;       ///< Empty: none.
};

/// The last line of an answer. Empty strings and absent numbers are left out.
struct EndStreamAction {
  std::string refresh_token;
  std::string next_page_token;
  std::optional<std::int64_t> min_url_expiration_ms;
  std::string error_message;
  std::optional<int> http_status_error_code;
};

}  // namespace sluice::protocol
