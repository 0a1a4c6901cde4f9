#include "serve_stores.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "storage/local_store.h"
#include "storage/registry/hadoop.h"

namespace sluice::apps {
namespace {

constexpr const char* kHadoopFile = "core-site.xml";
constexpr std::int64_t kMaxHadoopBytes = std::int64_t{4} << 20;

Result<std::vector<storage::StoreRule>> HadoopRulesBeside(const std::string& config_file) {
  if (config_file.empty()) return {};
  const auto folder = std::filesystem::absolute(config_file).parent_path();
  SLUICE_TRY(const auto store, storage::OpenLocalStore(folder));
  const auto text = store->Read(kHadoopFile, kMaxHadoopBytes);
  if (!text && text.error().kind == ErrorKind::kNotFound) return {};
  const std::string name = (folder / kHadoopFile).string();
  if (!text) return Fail(text.error());
  SLUICE_TRY(auto rules, storage::ReadHadoopRules(std::string_view(**text), name));
  spdlog::info("{}: taken for {} store{}", name, rules.size(), rules.size() == 1 ? "" : "s");
  return rules;
}

/// How stores are reached while requests may work for so long. One that is silent is given up in
/// time to say so to whoever asked; nobody waits for what comes later.
net::HttpOptions ReachedWithin(std::int64_t request_seconds) {
  net::HttpOptions http;
  // Whoever asked hears within seconds that a store is away, and asks again.
  http.outlasts_restarts = false;
  if (request_seconds <= 0) return http;
  const std::int64_t limit = request_seconds * 1000;
  http.request_timeout_ms = limit;
  http.stall_timeout_ms = std::min(http.stall_timeout_ms, limit / 2);
  http.connect_timeout_ms = std::min(http.connect_timeout_ms, limit / 4);
  return http;
}

}  // namespace

Result<std::shared_ptr<const storage::Stores>> OpenStores(const std::string& config_file,
                                                          const config::Config& config) {
  SLUICE_TRY(auto rules, HadoopRulesBeside(config_file));
  auto here = storage::Surroundings::OfProcess();
  here.http = ReachedWithin(config.request_timeout_seconds);
  return storage::Stores::Make(storage::MergeRules(std::move(rules), config.storage),
                               std::move(here));
}

}  // namespace sluice::apps
