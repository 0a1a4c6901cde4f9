// Client: everything a recipient does, from a profile to Arrow batches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/scan.h"
#include "net/http_client.h"
#include "protocol/ndjson_reader.h"
#include "protocol/profile.h"
#include "protocol/types.h"
#include "storage/ports.h"

namespace sluice::client {

/// How the files of a table are read.
enum class Access {
  kAuto,       ///< By URLs; in its folder where the server offers that alone.
  kUrl,        ///< By URLs that the server signs.
  kDirectory,  ///< In the table's folder, by its log, with credentials that the server gives.
};

struct ClientOptions {
  net::HttpOptions http;
  /// Go with every request to the sharing server and with no other, not to a token endpoint and not
  /// with URLs of files; each as CheckHeader allows it.
  std::vector<net::Header> headers;
  Access access = Access::kAuto;
  /// Asks servers to work on queries in the background where they can, and asks for the result
  /// until it is there: for tables whose list of files takes longer than a connection may last. A
  /// server that answers so unasked is waited for as well.
  bool async_query = false;
  /// Where the stores are that tables are read in by access to their folders: region, endpoint and
  /// the like, as docs/storage.md has them. No credentials: those come from the server.
  storage::StoreOptions store;
  /// Bytes of data files in flight or decoded but not yet taken, for one scan, and of memory kept
  /// for use again.
  std::int64_t memory_budget = std::int64_t{256} << 20;
  /// Of a scan, a plan or a task, from the call that starts it to the last batch that is taken:
  /// with all retries and waits, and the time that the reader takes. What has not ended then fails
  /// with kTimeout, telling how far it came. 0: none.
  std::int64_t deadline_ms = 0;
  int parallel_files = 0;  ///< Requests for files at once; 0: twice the cores, at least 8.
};

/// Whether a caller may send a header of its own. Errors: kInvalidArgument for one that HTTP does
/// not allow, or that this client sets itself. The message holds no value.
Status CheckHeader(const net::Header& header);

/// Protocol and metadata of a table as a server described them.
struct TableInfo {
  std::int64_t version = 0;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
  protocol::ProtocolLine protocol;
  protocol::MetadataLine metadata;
};

/// The table's columns with their types and declared nullability. Errors: kCorrupt for a schema
/// that is none, kUnsupported for a type that is not read.
Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(const TableInfo& table);

/// How a scan is split.
struct TaskOptions {
  /// Of the files of one task, at most, unless it is one file that is larger.
  std::int64_t task_bytes = std::int64_t{128} << 20;
  /// Smaller tasks, so that there are at least so many, where the files are enough.
  std::int64_t min_tasks = 1;
};

struct PlannedTask {
  /// Holds URLs that open the files until they expire, so it is as secret as the rows.
  std::string bytes;
  std::int64_t files = 0;
  std::int64_t file_bytes = 0;
};

/// The rows of all tasks, in their order, are those of the scan, whoever reads them and wherever.
struct TaskPlan {
  std::shared_ptr<arrow::Schema> schema;
  std::int64_t table_version = 0;  ///< As of Scan.
  std::vector<PlannedTask> tasks;
};

/// Thread-safe. Errors of all calls: the server's own, with its kind (kNotFound,
/// kInvalidArgument, kUnauthenticated, …) and its message; kMalformed for an answer that breaks
/// the protocol; those of net::HttpClient.
class Client {
 public:
  static std::shared_ptr<Client> Make(const protocol::Profile& profile, ClientOptions options);
  virtual ~Client() = default;

  /// Lists ask for all pages.
  virtual Result<std::vector<protocol::Share>> ListShares() = 0;
  virtual Result<std::vector<protocol::Schema>> ListSchemas(const std::string& share) = 0;
  virtual Result<std::vector<protocol::Table>> ListTables(const std::string& share,
                                                          const std::string& schema) = 0;
  /// Falls back to schema by schema where the server refuses, as it may not know the endpoint.
  virtual Result<std::vector<protocol::Table>> ListAllTables(const std::string& share) = 0;

  /// `starting_timestamp` is ISO 8601; empty: the current version.
  virtual Result<std::int64_t> TableVersion(const protocol::TableName& table,
                                            const std::string& starting_timestamp) = 0;
  /// Without `format` the server chooses among both.
  virtual Result<TableInfo> Describe(const protocol::TableName& table,
                                     std::optional<protocol::ResponseFormat> format) = 0;
  /// Asks for the table's files and starts to read them. See scan.h. Errors also, of access to
  /// folders: those of delta::Table and of storage::ObjectStore.
  virtual Result<std::shared_ptr<Scan>> StartScan(ScanRequest request) = 0;
  /// The same for a table's changes. Their columns are those that the table has at the end of the
  /// range. Errors also: kUnsupported for a change of the schema on the way that changes cannot be
  /// read across, naming it.
  virtual Result<std::shared_ptr<Scan>> StartChanges(ChangesRequest request) = 0;

  /// The same scans, split into tasks for other processes, without reading any file. A limit holds
  /// for each task. Errors also: kUnsupported for a filter that cannot travel.
  virtual Result<TaskPlan> PlanScan(ScanRequest request, const TaskOptions& options) = 0;
  virtual Result<TaskPlan> PlanChanges(ChangesRequest request, const TaskOptions& options) = 0;
  /// Starts to read one task of any client of the same recipient: from the URLs in it, which are
  /// asked for anew where they have expired, or in the table's folder with credentials of its own.
  /// Errors also: kMalformed for bytes that are no task.
  virtual Result<std::shared_ptr<Scan>> StartTask(std::string_view task) = 0;

  /// Makes the calls that wait for the server now fail with kCancelled soon. Scans that have
  /// started go on.
  virtual void Interrupt() = 0;
};

/// Reads and parses a profile file. Errors: kNotFound, kPermissionDenied, kInvalidArgument for a
/// folder, and those of protocol::ParseProfile, each naming the path.
Result<protocol::Profile> ReadProfile(const std::string& path);

}  // namespace sluice::client
