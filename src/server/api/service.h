// The service behind the HTTP side: what all requests share, and the handler that answers them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "auth/authenticator.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/thread_pool.h"
#include "catalog/catalog.h"
#include "observe/metrics.h"
#include "server/api/admission.h"
#include "server/api/data_roots.h"
#include "server/api/file_urls.h"
#include "server/api/query_hints.h"
#include "server/api/table_cache.h"
#include "server/http/exchange.h"

namespace sluice::api {

class AsyncQueries;
class RecentAnswers;

/// Who may read /metrics.
enum class MetricsAccess { kNobody, kLoopback, kEverybody };

struct ServiceOptions {
  std::shared_ptr<const catalog::CatalogStore> catalog;
  bool allow_anonymous = false;  ///< Nobody needs a token.
  /// Of the tokens of issuers; null: the catalog knows all tokens.
  std::shared_ptr<const auth::TokenVerifier> token_verifier = nullptr;
  std::string prefix = "/delta-sharing";  ///< Begins with '/', ends without; "" for the root.
  /// Scheme and authority by which recipients reach this server, without a slash at its end; empty:
  /// as each request came.
  std::string public_url;
  std::int64_t url_lifetime_ms = 3'600'000;
  std::int64_t credentials_lifetime_ms = 3'600'000;
  std::int64_t page_token_lifetime_ms = 259'200'000;
  std::int64_t max_page_files = 10'000;  ///< More files come in pages, however many are asked for.
  std::int64_t refresh_token_lifetime_ms = 3'600'000;
  /// At least 32 random bytes; whoever has them can sign URLs and page tokens. Replicas share them.
  std::string secret;
  /// Others like it, of which what was signed is good too, while one takes the place of another.
  std::vector<std::string> accepted_secrets;
  std::shared_ptr<TableCache> tables;
  Admission* admission = nullptr;  ///< Outlives the service.
  DataRoots data_roots;
  HintSettings hints;
  /// Outlives the service. Null: queries are answered at once.
  AsyncQueries* async_queries = nullptr;
  MetricsAccess metrics_access = MetricsAccess::kLoopback;
  observe::Metrics* metrics = nullptr;  ///< Outlives the service.
  /// In front of the threads for short work: listings, rendering, files. Outlives the service.
  http::WorkQueue* answer_queue = nullptr;
  /// Set when the server is about to stop; outlives the service. Null: never.
  const std::atomic<bool>* stopping = nullptr;
  const Clock* clock = &SystemClock();
};

/// What one configuration says; another one is another service. Thread-safe. Whoever works for a
/// request holds it, so that a request ends as it began.
class Service : public std::enable_shared_from_this<Service> {
 public:
  static std::shared_ptr<Service> Make(ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// The handler for http::Server; refers to this service, which outlives its calls.
  http::Handler handler();

  const ServiceOptions& options() const { return options_; }
  const catalog::CatalogStore& catalog() const { return *options_.catalog; }
  const auth::Authenticator& authenticator() const { return authenticator_; }
  TableCache& tables() const { return *options_.tables; }
  const storage::Stores& stores() const { return options_.tables->stores(); }
  /// Holds the service.
  std::shared_ptr<const DataRoots> data_roots() const {
    return {shared_from_this(), &options_.data_roots};
  }
  const std::shared_ptr<const FileUrlKey>& file_urls() const { return file_urls_; }
  /// The first signs page and refresh tokens; those that another one signed are good too.
  const std::vector<HmacKey>& token_keys() const { return token_keys_; }
  /// Null when queries are answered at once.
  AsyncQueries* async_queries() const { return options_.async_queries; }
  RecentAnswers& recent_answers() const { return *recent_answers_; }
  std::int64_t NowMillis() const { return options_.clock->NowMillis(); }
  /// The URL of the protocol's prefix as the sender of `request` reaches it.
  std::string BaseUrl(const http::Request& request) const;

 private:
  explicit Service(ServiceOptions options);
  http::asio::awaitable<void> Dispatch(http::Exchange& exchange);
  http::asio::awaitable<void> AnswerReady(http::Exchange& exchange);
  http::asio::awaitable<void> AnswerMetrics(http::Exchange& exchange);
  http::asio::awaitable<void> AnswerDescription(http::Exchange& exchange);
  http::asio::awaitable<void> AnswerFile(http::Exchange& exchange, std::string path);
  http::asio::awaitable<void> AnswerEndpoint(http::Exchange& exchange, std::string path);

  const ServiceOptions options_;
  const auth::Authenticator authenticator_;
  const std::shared_ptr<const FileUrlKey> file_urls_;
  const std::vector<HmacKey> token_keys_;
  const std::string description_;  ///< OpenAPI, as JSON text.
  const std::unique_ptr<RecentAnswers> recent_answers_;
};

}  // namespace sluice::api
