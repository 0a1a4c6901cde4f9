#include "recipient_session.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "commands.h"
#include "recipient_progress.h"

namespace sluice::apps {

const char* const kExitCodeHelp =
    "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 not found or not shared, 4 token refused or "
    "no\n"
    "permission, 5 server or storage not reached in time, 6 a table feature that cannot be read,\n"
    "7 damaged or missing data, 130 interrupted, 141 the reader of the output went away.";

int ExitCode(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
      return kExitUsage;
    case ErrorKind::kNotFound:
      return kExitNotFound;
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
      return kExitDenied;
    case ErrorKind::kTimeout:
    case ErrorKind::kUnavailable:
      return kExitUnavailable;
    case ErrorKind::kUnsupported:
      return kExitUnsupported;
    case ErrorKind::kDataMissing:
    case ErrorKind::kCorrupt:
      return kExitDamaged;
    case ErrorKind::kCancelled:
      return 128 + SIGINT;
    case ErrorKind::kMalformed:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kTooLarge:
    case ErrorKind::kInternal:
      return kExitFailure;
  }
  return kExitFailure;
}

int Report(const Error& error) {
  std::fprintf(stderr, "sluice: %s\n", error.message.c_str());
  return ExitCode(error);
}

net::HttpOptions HttpOptionsOf(const ConnectionOptions& options) {
  net::HttpOptions http;
  http.ca_file = options.ca_file;
  http.proxy = options.proxy;
  http.max_retries = options.retries;
  http.stall_timeout_ms = std::int64_t{options.timeout_seconds} * 1000;
  http.user_agent = "sluice-cli/" SLUICE_VERSION;
  return http;
}

Result<std::shared_ptr<client::Client>> Connect(const std::string& profile,
                                                const ConnectionOptions& options) {
  SLUICE_TRY(auto credentials, client::ReadProfile(profile));
  client::ClientOptions client_options;
  client_options.http = HttpOptionsOf(options);
  client_options.access = options.access;
  client_options.async_query = options.async_query;
  client_options.store = options.store;
  return client::Client::Make(std::move(credentials), std::move(client_options));
}

Result<OpenTable> Open(const TableOptions& options) {
  SLUICE_TRY(auto url, protocol::ParseTableUrl(options.url));
  OpenTable table;
  SLUICE_TRY(table.client, Connect(url.profile, options.connection));
  table.name = std::move(url.table);
  return table;
}

Interrupts::Interrupts() {
  // A reader that goes away is an error of write(), not a death in the middle of cleaning up.
  ::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, &previous_);
  thread_ = std::thread([this] { Wait(); });
}

Interrupts::~Interrupts() {
  {
    std::lock_guard lock(mutex_);
    finished_ = true;
  }
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

void Interrupts::OnSignal(std::function<void()> stop, std::function<void()> abandon) {
  std::lock_guard lock(mutex_);
  stop_ = std::move(stop);
  abandon_ = std::move(abandon);
}

int Interrupts::exit_code() const {
  std::lock_guard lock(mutex_);
  return signal_ == 0 ? 0 : 128 + signal_;
}

void Interrupts::Wait() {
  while (true) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0) return;
    {
      std::lock_guard lock(mutex_);
      if (finished_) return;
    }
    Handle(signal);
  }
}

void Interrupts::Handle(int signal) {
  std::unique_lock lock(mutex_);
  if (signal_ == 0 && stop_) {
    signal_ = signal;
    auto stop = stop_;
    lock.unlock();
    stop();
    return;
  }
  if (abandon_) abandon_();
  ::_exit(128 + signal);
}

Status ReadAll(const ReadOptions& options) {
  ProgressBar bar(options.scan, options.show_progress);
  while (true) {
    SLUICE_TRY(auto batch, options.scan->Next());
    if (batch == nullptr) return {};
    SLUICE_RETURN_IF_ERROR(options.sink(*batch));
  }
}

client::ScanRequest MakeScanRequest(const TableOptions& options, const protocol::TableName& name) {
  client::ScanRequest request;
  request.table = name;
  request.version = options.version;
  request.timestamp = options.timestamp;
  request.limit = options.limit;
  if (!options.columns.empty()) request.columns = options.columns;
  return request;
}

Result<std::shared_ptr<client::Scan>> StartScan(const TableOptions& options) {
  SLUICE_TRY(const OpenTable table, Open(options));
  if (!options.changes) return table.client->StartScan(MakeScanRequest(options, table.name));
  if (!options.changes->from_version && options.changes->from_timestamp.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "changes since when? Give --from-version or --from-timestamp");
  }
  client::ChangesRequest request;
  request.table = table.name;
  request.starting_version = options.changes->from_version;
  request.starting_timestamp = options.changes->from_timestamp;
  request.ending_version = options.changes->to_version;
  request.ending_timestamp = options.changes->to_timestamp;
  request.limit = options.limit;
  if (!options.columns.empty()) request.columns = options.columns;
  return table.client->StartChanges(std::move(request));
}

}  // namespace sluice::apps
