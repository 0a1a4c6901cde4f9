// The server's configuration: the reference server's YAML file, with some keys more.
// docs/server-config.yaml shows and explains every key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/network.h"
#include "base/result.h"
#include "storage/registry/stores.h"

namespace sluice::config {

struct TableConfig {
  std::string name;
  /// An absolute path, or a URI as storage::ParseLocation reads it.
  std::string location;
  std::string id;  ///< Empty: none was given.
  bool history_shared = false;
  std::int64_t start_version = 0;
  /// Patterns of base/glob.h, checked; none: all Parquet files of a folder without a log.
  std::vector<std::string> files;
  std::string row_filter;  ///< Checked to be one; empty: none.
};

/// A folder, of this machine or of a store, each table of which is one of a schema.
struct FolderConfig {
  std::string location;              ///< As storage::Location::Text has it.
  std::vector<std::string> include;  ///< Patterns of base/glob.h, checked; none: all tables.
  std::vector<std::string> exclude;  ///< Likewise; none: no table.
  // As those of a table.
  bool history_shared = false;
  std::string row_filter;
};

struct SchemaConfig {
  std::string name;
  std::vector<TableConfig> tables;
  std::optional<FolderConfig> folder;
};

struct ShareConfig {
  std::string name;
  std::vector<SchemaConfig> schemas;
  // What recipients are told of it; empty: nothing.
  std::string id = {};
  std::string comment = {};
  std::map<std::string, std::string> properties = {};
};

/// A share, a schema or a table that exists.
struct GrantConfig {
  std::string share;
  std::string schema;      ///< Empty: the whole share.
  std::string table;       ///< Empty: the whole schema.
  std::string row_filter;  ///< As that of a table.
};

/// Somebody who may ask. The token itself is forgotten once its digest is known.
struct TokenConfig {
  std::string name;          ///< "default" for `bearerToken`.
  std::string token_digest;  ///< SHA-256, 32 bytes.
  std::optional<std::int64_t> expires_at_ms;
  /// Nullopt: everything. A share that `shares` names is a grant of the whole.
  std::optional<std::vector<GrantConfig>> grants;
  std::map<std::string, std::string> properties;
  std::vector<std::string> allowed_networks;  ///< Each parses as a Network.
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> concurrent_requests;
};

/// Somebody who shows a token of an issuer.
struct OidcRecipientConfig {
  TokenConfig access;   ///< Without a token.
  std::string subject;  ///< Empty: any, and then there are claims.
  /// Claims, each with the values of which it must have one.
  std::map<std::string, std::vector<std::string>> claims;
  /// The claim that gives a property its value.
  std::map<std::string, std::string> claim_properties;
};

/// Whose tokens are taken.
struct OidcIssuerConfig {
  std::string issuer;                   ///< As oauth::CheckIssuerUrl allows it.
  std::string jwks_uri;                 ///< Likewise; empty: found by discovery.
  std::vector<std::string> audiences;   ///< Never empty.
  std::vector<std::string> algorithms;  ///< Known to oauth::FindSignatureAlgorithm; never empty.
  std::int64_t clock_skew_seconds = 60;
  std::string subject_claim = "sub";
  std::string ca_file;  ///< PEM; empty: the system's trust store.
  std::vector<OidcRecipientConfig> recipients;
};

struct TlsConfig {
  /// The server makes a key and a certificate for its host in memory when it starts; the names of
  /// files are then empty.
  bool self_signed = false;
  std::string certificate_file;      ///< PEM, the chain included.
  std::string certificate_key_file;  ///< PEM.
  /// Empty: the key is not encrypted. Else its content, a line break at its end apart, decrypts it.
  std::string certificate_password_file;
  /// PEM: who signs the certificates of clients. Empty: clients show none.
  std::string client_ca_file;
  bool require_client_certificate = false;
};

struct LimitsConfig {
  std::int64_t max_connections = 4096;
  std::int64_t max_header_bytes = 64 << 10;
  std::int64_t max_body_bytes = 1 << 20;
  std::int64_t max_buffered_bytes = std::int64_t{256} << 20;
  std::int64_t handshake_timeout_seconds = 10;
  std::int64_t header_timeout_seconds = 10;
  std::int64_t body_timeout_seconds = 30;
  std::int64_t idle_timeout_seconds = 75;
  std::int64_t write_stall_timeout_seconds = 60;
  std::int64_t shutdown_timeout_seconds = 30;  ///< What still runs then is cut off.
  /// From the order to stop until connections are no longer taken, in which /ready says no.
  std::int64_t shutdown_delay_seconds = 0;
  std::int64_t worker_threads = 0;  ///< 0: as many as there are cores.
  std::int64_t max_queued_requests = 1024;
};

struct LogConfig {
  std::string level = "info";
  bool json = false;
  bool access = true;                       ///< Whether there is an access log.
  std::string access_file;                  ///< Empty: standard error; "-": standard output.
  std::int64_t access_max_bytes = 0;        ///< A larger file is put aside; 0: never.
  std::int64_t access_max_age_seconds = 0;  ///< Likewise an older one.
  std::int64_t access_max_files = 10;       ///< That were put aside.
  std::int64_t catalog_days = 0;  ///< So long a managed catalog keeps the records; 0: it has none.
};

struct AsyncQueriesConfig {
  std::int64_t threads = 2;
  std::int64_t max_pending_per_recipient = 16;
  std::int64_t max_kept_per_recipient = 1000;
  std::int64_t lifetime_seconds = 86'400;
};

inline constexpr std::string_view kCatalogInDataDirectory = "sqlite";

struct Config {
  std::vector<ShareConfig> shares;
  /// Nullopt: no authorization was configured, and everybody may read everything, as the reference
  /// server has it. Never an empty list, unless there are issuers.
  std::optional<std::vector<TokenConfig>> tokens;
  std::vector<OidcIssuerConfig> issuers;
  std::optional<TlsConfig> tls;

  std::string host = "localhost";           ///< To listen on: a name or an address.
  std::uint16_t port = 80;                  ///< 0: any free one.
  std::string endpoint = "/delta-sharing";  ///< Begins with '/', ends without; "" for the root.
  std::string public_url;  ///< How recipients reach `endpoint`'s server, without a '/' at its end;
                           ///< empty: from the request.

  std::int64_t pre_signed_url_timeout_seconds = 3600;
  std::int64_t request_timeout_seconds = 30;  ///< 0: none.
  /// How many tables whoever serves snapshots keeps in memory; 0 keeps none between requests.
  std::int64_t delta_table_cache_size = 10;
  /// Bytes of them together, the one in use excepted; 0: half of what the process may have.
  std::int64_t table_cache_bytes = 0;
  /// Whoever serves snapshots may answer from a table in memory without looking for newer commits.
  bool staleness_acceptable = false;
  /// For whoever pages the files of a query.
  std::int64_t query_table_page_size_limit = 10'000;
  std::int64_t query_table_page_token_ttl_ms = 259'200'000;
  std::int64_t refresh_token_ttl_ms = 3'600'000;

  /// Hints in SQL are evaluated.
  bool evaluate_predicate_hints = false;
  /// Those in JSON are, by partition values.
  bool evaluate_json_predicate_hints = true;
  /// Those in JSON are, and all that are evaluated are by statistics, too.
  bool evaluate_json_predicate_hints_v2 = true;

  /// Of credentials that read a table's folder.
  std::int64_t temporary_credential_validity_seconds = 3600;

  /// Where the server keeps what outlives it: its key, asynchronous queries. Empty: nowhere.
  std::string data_directory;
  /// A catalog that is managed, in place of shares and tokens: kCatalogInDataDirectory, or the URL
  /// of a PostgreSQL database. Empty: none.
  std::string catalog;
  /// Where the admin API of that catalog listens, HOST:PORT; empty: nowhere.
  std::string admin_listen;
  AsyncQueriesConfig async_queries;

  /// Folders outside of a table's own into which its log may point, by absolute path or file:///….
  std::vector<std::string> data_roots;

  /// How often folders of schemas that lie in stores are looked at, at most.
  std::int64_t store_folder_listing_seconds = 60;

  /// What is said of the stores in which tables and data roots lie.
  std::vector<storage::StoreRule> storage;

  bool metrics = true;  ///< Whether there is /metrics.
  LimitsConfig limits;
  LogConfig log;

  /// Proxies whose word on the client is taken.
  Networks trusted_proxies;
  /// The file, and those it names for TLS, are read again when they change.
  bool reload_on_change = false;
};

/// `name` is the file's, for messages. Every message is one line of the form
/// "name:line:column: key: reason" and never quotes a token. Errors: kMalformed for what is no
/// YAML; kInvalidArgument for an unknown key (naming the nearest known one), a wrong type, a value
/// out of range, a duplicate, a contradiction; kUnsupported for storage of an unknown kind and for
/// a newer version.
Result<Config> ParseConfig(std::string_view text, std::string_view name);

/// Errors: also kNotFound, kPermissionDenied and kTooLarge, naming the file.
Result<Config> LoadConfig(const std::string& path);

}  // namespace sluice::config
