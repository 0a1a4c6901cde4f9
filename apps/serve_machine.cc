#include "serve_machine.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/hash.h"
#include "serve_audit.h"
#include "serve_data.h"
#include "serve_provider.h"

namespace sluice::apps {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kDayMillis = 86'400'000;

std::filesystem::path InDataDirectory(const config::Config& config, std::string_view name) {
  return std::filesystem::path(config.data_directory) / name;
}

Result<std::string> ReadKeyOf(const char* option, const std::string& file) {
  auto key = ReadKey(file);
  if (!key) return Fail(key.error().At(option));
  return key;
}

/// The key that signs URLs and tokens: of a file, of the data directory, or of this process alone.
Result<std::string> OpenSecret(const ServeOptions& options, const config::Config& config) {
  if (options.key_file) return ReadKeyOf("--key-file", *options.key_file);
  if (config.data_directory.empty()) return RandomBytes(kSecretBytes);
  return OpenKey(InDataDirectory(config, "server.key"));
}

/// Keys of which what was signed is good, too.
Result<std::vector<std::string>> ReadAcceptedSecrets(const ServeOptions& options) {
  std::vector<std::string> secrets;
  for (const auto& file : options.accepted_key_files) {
    SLUICE_TRY(secrets.emplace_back(), ReadKeyOf("--accept-key-file", file));
  }
  return secrets;
}

Result<std::unique_ptr<jobs::JobStore>> OpenJobs(const config::Config& config) {
  jobs::JobStoreOptions options;
  if (!config.data_directory.empty()) options.path = InDataDirectory(config, "queries.sqlite");
  options.limits.max_pending = config.async_queries.max_pending_per_recipient;
  options.limits.max_kept = config.async_queries.max_kept_per_recipient;
  options.limits.lifetime_ms = config.async_queries.lifetime_seconds * 1000;
  return jobs::JobStore::Open(options);
}

Result<std::unique_ptr<observe::RecordQueue>> OpenAudit(const config::Config& config) {
  if (config.log.catalog_days == 0) return nullptr;
  auto store = config.catalog.empty() ? OpenAuditStore({}) : OpenAuditStore(PlaceOf(config));
  if (!store) return Fail(store.error().At("log.catalogDays"));
  return KeepAudit(*std::move(store), config.log.catalog_days * kDayMillis);
}

}  // namespace

Status StartMachine(const ServeOptions& options, const config::Config& config, Machine* machine) {
  if (!config.data_directory.empty()) {
    SLUICE_RETURN_IF_ERROR(OpenDataDirectory(config.data_directory));
  }
  SLUICE_TRY(machine->secret, OpenSecret(options, config));
  SLUICE_TRY(machine->accepted_secrets, ReadAcceptedSecrets(options));
  SLUICE_TRY(machine->jobs, OpenJobs(config));
  SLUICE_TRY(machine->audit, OpenAudit(config));
  const std::int64_t most = config.limits.max_queued_requests;
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  machine->answer_pool =
      std::make_unique<ThreadPool>(static_cast<int>(config.limits.worker_threads));
  machine->answer_queue = std::make_unique<http::WorkQueue>(*machine->answer_pool, most);
  // Their threads wait for storage more than they compute, and one recipient gets half of them.
  machine->table_pools = std::make_unique<api::TablePools>(std::max(16, 4 * cores), most);
  machine->async_queries = std::make_unique<api::AsyncQueries>(
      machine->jobs.get(), std::max(1, static_cast<int>(config.async_queries.threads)));
  return {};
}

Status CheckKeys(const ServeOptions& options, const config::Config& config) {
  SLUICE_RETURN_IF_ERROR(ReadAcceptedSecrets(options));
  if (options.key_file) return ReadKeyOf("--key-file", *options.key_file).map([](const auto&) {});
  if (config.data_directory.empty()) return {};
  std::error_code error;
  const auto key = InDataDirectory(config, "server.key");
  if (!std::filesystem::exists(key, error)) return {};
  return ReadKey(key).map([](const auto&) {});
}

}  // namespace sluice::apps
