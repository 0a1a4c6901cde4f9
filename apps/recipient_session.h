// What the recipient commands have in common: connection, scan, signals, exit codes.
#pragma once

#include <pthread.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/client.h"

namespace sluice::apps {

// Beside kExitOk, kExitFailure and kExitUsage of commands.h.
inline constexpr int kExitNotFound = 3;
inline constexpr int kExitDenied = 4;
inline constexpr int kExitUnavailable = 5;
inline constexpr int kExitUnsupported = 6;
inline constexpr int kExitDamaged = 7;
inline constexpr int kExitReaderGone = 141;  ///< As a shell reports SIGPIPE.

/// The text about them in `--help`.
extern const char* const kExitCodeHelp;

int ExitCode(const Error& error);
/// Prints the error as one line on standard error and returns its exit code.
int Report(const Error& error);

struct ConnectionOptions {
  std::string ca_file;
  std::string proxy;
  int retries = 4;
  int timeout_seconds = 60;
  client::Access access = client::Access::kAuto;
  bool async_query = false;
  storage::StoreOptions store;  ///< Of tables that are read in their folders.
};

/// A range of a table's versions, both ends included.
struct ChangesRange {
  std::optional<std::int64_t> from_version;
  std::string from_timestamp;
  std::optional<std::int64_t> to_version;
  std::string to_timestamp;
};

struct TableOptions {
  std::string url;  ///< profile#share.schema.table
  std::optional<std::int64_t> version;
  std::string timestamp;
  std::optional<ChangesRange> changes;  ///< Instead of a version.
  std::vector<std::string> columns;     ///< Empty: all.
  std::optional<std::int64_t> limit;
  bool no_progress = false;
  ConnectionOptions connection;
};

net::HttpOptions HttpOptionsOf(const ConnectionOptions& options);

/// Errors: those of client::ReadProfile.
Result<std::shared_ptr<client::Client>> Connect(const std::string& profile,
                                                const ConnectionOptions& options);

/// A table and the client that reaches it. Errors: kInvalidArgument for a URL that is none, and
/// those of Connect.
struct OpenTable {
  std::shared_ptr<client::Client> client;
  protocol::TableName name;
};
Result<OpenTable> Open(const TableOptions& options);

/// Lets SIGINT, SIGTERM and SIGHUP end a command in order. Make one before any other thread starts:
/// the signals are blocked in threads made afterwards, and one thread here waits for them.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// The first signal calls `stop`, from another thread; without one it ends the process at once
  /// with the code 128 + signal. A second signal calls `abandon`, if given, and ends the process.
  void OnSignal(std::function<void()> stop, std::function<void()> abandon);
  /// The exit code the signal asks for; 0 when none came.
  int exit_code() const;

 private:
  void Wait();
  void Handle(int signal);

  mutable std::mutex mutex_;
  std::function<void()> stop_;
  std::function<void()> abandon_;
  int signal_ = 0;
  bool finished_ = false;
  sigset_t signals_{};
  sigset_t previous_{};
  std::thread thread_;
};

using BatchSink = std::function<Status(const arrow::RecordBatch&)>;

/// One scan from its first batch to its last, with its progress on the terminal.
struct ReadOptions {
  std::shared_ptr<client::Scan> scan;
  bool show_progress = false;
  BatchSink sink;
};
Status ReadAll(const ReadOptions& options);

/// The request that the options describe, for a version of the table.
client::ScanRequest MakeScanRequest(const TableOptions& options, const protocol::TableName& name);

/// Starts what the options describe. Errors: those of Open and of Client.
Result<std::shared_ptr<client::Scan>> StartScan(const TableOptions& options);

}  // namespace sluice::apps
