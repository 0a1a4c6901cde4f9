#include "server/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "server/config/test_config.h"

namespace sluice::config {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(Config, HasTheDefaultsOfTheReference) {
  const Config config = Parse("version: 1\n");
  EXPECT_TRUE(config.shares.empty());
  EXPECT_FALSE(config.tokens);
  EXPECT_FALSE(config.tls);
  EXPECT_EQ(config.host, "localhost");
  EXPECT_EQ(config.port, 80);
  EXPECT_EQ(config.endpoint, "/delta-sharing");
  EXPECT_EQ(config.pre_signed_url_timeout_seconds, 3600);
  EXPECT_EQ(config.temporary_credential_validity_seconds, 3600);
  EXPECT_EQ(config.delta_table_cache_size, 10);
  EXPECT_EQ(config.table_cache_bytes, 0);
  EXPECT_FALSE(config.staleness_acceptable);
  EXPECT_FALSE(config.evaluate_predicate_hints);
  EXPECT_TRUE(config.evaluate_json_predicate_hints);
  EXPECT_TRUE(config.evaluate_json_predicate_hints_v2);
  EXPECT_EQ(config.request_timeout_seconds, 30);
  EXPECT_EQ(config.query_table_page_size_limit, 10'000);
  EXPECT_EQ(config.query_table_page_token_ttl_ms, 259'200'000);
  EXPECT_EQ(config.refresh_token_ttl_ms, 3'600'000);
}

TEST(Config, ReadsAFileOfTheReference) {
  const Config config = Parse(R"(
version: 1
shares:
- name: "share1"
  schemas:
  - name: "schema1"
    tables:
    - name: "table1"
      location: "file:///data/table1"
      id: "00000000-0000-0000-0000-000000000000"
    - {name: table2, location: /data/table2, historyShared: true, startVersion: 3,
       files: ["y=*/*.parquet", z]}
- name: share.2
  schemas:
authorization:
  bearerToken: "abc"
ssl:
  selfSigned: true
host: "0.0.0.0"
port: "8443"
endpoint: "/ds/v1/"
preSignedUrlTimeoutSeconds: 60
temporaryCredentialValiditySeconds: -1
deltaTableCacheSize: 3
tableCacheBytes: 6000000000
stalenessAcceptable: True
evaluatePredicateHints: true
evaluateJsonPredicateHints: false
evaluateJsonPredicateHintsV2: false
requestTimeoutSeconds: 0
queryTablePageSizeLimit: 5
queryTablePageTokenTtlMs: 6
refreshTokenTtlMs: 7
)");
  ASSERT_THAT(config.shares, SizeIs(2));
  ASSERT_THAT(config.shares[0].schemas, SizeIs(1));
  ASSERT_THAT(config.shares[0].schemas[0].tables, SizeIs(2));
  const TableConfig& first = config.shares[0].schemas[0].tables[0];
  EXPECT_EQ(first.location, "file:///data/table1");
  EXPECT_EQ(first.id, "00000000-0000-0000-0000-000000000000");
  EXPECT_FALSE(first.history_shared);
  const TableConfig& second = config.shares[0].schemas[0].tables[1];
  EXPECT_EQ(second.location, "/data/table2");
  EXPECT_TRUE(second.history_shared);
  EXPECT_EQ(second.start_version, 3);
  EXPECT_THAT(second.files, testing::ElementsAre("y=*/*.parquet", "z"));
  EXPECT_THAT(first.files, testing::IsEmpty());
  EXPECT_TRUE(config.shares[1].schemas.empty());
  ASSERT_TRUE(config.tokens);
  ASSERT_THAT(*config.tokens, SizeIs(1));
  EXPECT_EQ(config.tokens->at(0).name, "default");
  EXPECT_EQ(config.tokens->at(0).token_digest, AsView(Sha256("abc")));
  EXPECT_FALSE(config.tokens->at(0).grants);
  ASSERT_TRUE(config.tls);
  EXPECT_TRUE(config.tls->self_signed);
  EXPECT_EQ(config.host, "0.0.0.0");
  EXPECT_EQ(config.port, 8443);
  EXPECT_EQ(config.endpoint, "/ds/v1");
  EXPECT_EQ(config.pre_signed_url_timeout_seconds, 60);
  EXPECT_EQ(config.temporary_credential_validity_seconds, 3600);
  EXPECT_EQ(config.delta_table_cache_size, 3);
  EXPECT_EQ(config.table_cache_bytes, 6'000'000'000);
  EXPECT_TRUE(config.staleness_acceptable);
  EXPECT_TRUE(config.evaluate_predicate_hints);
  EXPECT_FALSE(config.evaluate_json_predicate_hints);
  EXPECT_FALSE(config.evaluate_json_predicate_hints_v2);
  EXPECT_EQ(config.request_timeout_seconds, 0);
  EXPECT_EQ(config.query_table_page_size_limit, 5);
  EXPECT_EQ(config.query_table_page_token_ttl_ms, 6);
  EXPECT_EQ(config.refresh_token_ttl_ms, 7);
}

TEST(Config, ATableMayHaveOptionsOfItsOwn) {
  const Config config = Parse(R"(
version: 1
shares:
- name: s
  schemas:
  - name: d
    tables:
    - &t
      storage: {anonymous: true, directoryAccess: true}
      name: t
      location: s3://bucket/t
    - {name: u, location: s3://bucket/u}
  - name: e
    tables: [*t]
storage:
- {prefix: "s3://bucket", region: eu-west-1}
)");
  ASSERT_THAT(config.storage, SizeIs(2));
  EXPECT_EQ(config.storage[0].prefix, "s3://bucket");
  const storage::StoreRule& rule = config.storage[1];
  EXPECT_EQ(rule.prefix, "s3://bucket/t");
  EXPECT_EQ(rule.options, (storage::StoreOptions{{"anonymous", "true"}}));
  EXPECT_EQ(rule.directory_access, true);
}

TEST(Config, ReadsFoldersOfSchemasAndRemarksOfShares) {
  const Config config = Parse(R"(
version: 1
shares:
- name: s
  id: i
  comment: words
  properties: {k: v}
  schemas:
  - {name: raw, folder: file:///data/r%20w, include: "a/*", exclude: [b, "**/c"], historyShared: true,
     rowFilter: x = 1}
  - {name: both, folder: /data/both, tables: [{name: t, location: /t}]}
  - {name: store, folder: s3a://bucket/lake/, storage: {region: eu-west-1}}
  - {name: none}
authorization:
  bearerTokens:
  - {name: a, token: abc, grants: [{share: s, schema: raw, table: later}]}
)");
  const ShareConfig& share = config.shares.at(0);
  EXPECT_EQ(share.id, "i");
  EXPECT_EQ(share.comment, "words");
  EXPECT_EQ(share.properties.at("k"), "v");
  const FolderConfig& raw = share.schemas.at(0).folder.value();
  EXPECT_EQ(raw.location, "/data/r w");
  EXPECT_THAT(raw.include, ElementsAre("a/*"));
  EXPECT_THAT(raw.exclude, ElementsAre("b", "**/c"));
  EXPECT_TRUE(raw.history_shared);
  EXPECT_EQ(raw.row_filter, "x = 1");
  EXPECT_EQ(share.schemas.at(1).folder->location, "/data/both");
  EXPECT_EQ(share.schemas.at(1).tables.size(), 1U);
  EXPECT_EQ(share.schemas.at(2).folder->location, "s3://bucket/lake");
  ASSERT_EQ(config.storage.size(), 1U);
  EXPECT_EQ(config.storage[0].prefix, "s3://bucket/lake");
  EXPECT_EQ(config.storage[0].options.at("region"), "eu-west-1");
  EXPECT_FALSE(share.schemas.at(3).folder);
}

TEST(Config, ReadsTheSectionsOfItsOwn) {
  const Config config = Parse(R"(
version: 1
publicUrl: https://h.example/x/
endpoint: /
dataRoots: [/data/lake, "file:///data/other%20lake"]
storeFolderListingSeconds: 7
metrics: false
dataDirectory: /var/lib/sluice
asyncQueries: {threads: 5, maxPendingPerRecipient: 3, maxKeptPerRecipient: 4, lifetimeSeconds: 60}
limits: {maxConnections: 7, maxHeaderBytes: 2048, maxBodyBytes: 4096, maxBufferedBytes: 1048576,
  handshakeTimeoutSeconds: 1, headerTimeoutSeconds: 2, bodyTimeoutSeconds: 3, idleTimeoutSeconds: 4,
  writeStallTimeoutSeconds: 5, shutdownTimeoutSeconds: 6, workerThreads: 8}
log: {level: debug, format: json, access: false, accessFile: /a.log}
)");
  EXPECT_EQ(config.public_url, "https://h.example/x");
  EXPECT_EQ(config.endpoint, "");
  EXPECT_FALSE(config.metrics);
  EXPECT_EQ(config.data_roots,
            (std::vector<std::string>{"/data/lake", "file:///data/other%20lake"}));
  EXPECT_EQ(config.store_folder_listing_seconds, 7);
  EXPECT_EQ(config.data_directory, "/var/lib/sluice");
  EXPECT_EQ(config.async_queries.threads, 5);
  EXPECT_EQ(config.async_queries.max_pending_per_recipient, 3);
  EXPECT_EQ(config.async_queries.max_kept_per_recipient, 4);
  EXPECT_EQ(config.async_queries.lifetime_seconds, 60);
  const LimitsConfig& limits = config.limits;
  EXPECT_THAT((std::vector<std::int64_t>{
                  limits.max_connections, limits.max_header_bytes, limits.max_body_bytes,
                  limits.max_buffered_bytes, limits.handshake_timeout_seconds,
                  limits.header_timeout_seconds, limits.body_timeout_seconds,
                  limits.idle_timeout_seconds, limits.write_stall_timeout_seconds,
                  limits.shutdown_timeout_seconds, limits.worker_threads}),
              ElementsAre(7, 2048, 4096, 1048576, 1, 2, 3, 4, 5, 6, 8));
  EXPECT_EQ(config.log.level, "debug");
  EXPECT_TRUE(config.log.json);
  EXPECT_FALSE(config.log.access);
  EXPECT_EQ(config.log.access_file, "/a.log");
}

TEST(Config, LocationsOfFilesAreSpelledOneWay) {
  const auto location = [](const std::string& written) {
    const Config config = Parse(
        "version: 1\nshares: [{name: s, schemas: [{name: c, tables: "
        "[{name: t, location: '" +
        written + "'}]}]}]\n");
    return config.shares.empty() ? "" : config.shares[0].schemas[0].tables[0].location;
  };
  EXPECT_EQ(location("/a b/c"), "/a b/c");
  EXPECT_EQ(location("file:///a/b"), "file:///a/b");
  EXPECT_EQ(location("file:/a/b"), "file:///a/b");
  EXPECT_EQ(location("file://localhost/a/b"), "file:///a/b");
}

struct Refused {
  std::string_view text;
  ErrorKind kind;
  std::string_view message;
};

class ConfigRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ConfigRefuses, NamingThePlace) {
  const auto config = ParseConfig(GetParam().text, "c.yaml");
  ASSERT_FALSE(config) << GetParam().text;
  EXPECT_EQ(config.error().kind, GetParam().kind) << config.error().message;
  EXPECT_THAT(config.error().message, HasSubstr(std::string(GetParam().message)));
  EXPECT_THAT(config.error().message, Not(HasSubstr("s3cr3t")));
  EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
}

constexpr auto kArgument = ErrorKind::kInvalidArgument;
constexpr auto kMalformed = ErrorKind::kMalformed;
constexpr auto kUnsupported = ErrorKind::kUnsupported;

INSTANTIATE_TEST_SUITE_P(
    Root, ConfigRefuses,
    testing::Values(
        Refused{"", kArgument, "c.yaml:1:1: the file is empty"},
        Refused{"# nothing\n", kArgument, "c.yaml:1:1: the file is empty"},
        Refused{"- a\n", kArgument, "c.yaml:1:1: must be a mapping"},
        Refused{"port: 1\n", kArgument, "c.yaml:1:1: 'version' is missing"},
        Refused{"version: 2\n", kUnsupported, "c.yaml:1:10: version: is 2; this program reads"},
        Refused{"version: 0\n", kArgument, "c.yaml:1:10: version: must be from 1"},
        Refused{"version:\n", kArgument, "c.yaml:1:1: version: must be a whole number"},
        Refused{"version: 1\nports: 8080\n", kArgument,
                "c.yaml:2:1: ports: unknown key; did you mean 'port'?"},
        Refused{"version: 1\nPORT: 8080\n", kArgument, "did you mean 'port'?"},
        Refused{"version: 1\npresignedUrlTimeoutSecs: 1\n", kArgument,
                "did you mean 'preSignedUrlTimeoutSeconds'?"},
        Refused{"version: 1\nsomethingElse: 1\n", kArgument,
                "c.yaml:2:1: somethingElse: unknown key"},
        Refused{"version: 1\nport: 1\nport: 2\n", kArgument,
                "c.yaml:3:1: port: this key is there twice"},
        Refused{"version: 1\n? [a]\n: b\n", kArgument, "c.yaml:2:3: a key must be text"},
        Refused{"version: 1\nport: http\n", kArgument, "c.yaml:2:7: port: must be a whole number"},
        Refused{"version: 1\nport: 80.5\n", kArgument, "port: must be a whole number"},
        Refused{"version: 1\nport: 65536\n", kArgument, "port: must be from 0 to 65535"},
        Refused{"version: 1\nport: 99999999999999999999\n", kArgument, "port: must be from 0"},
        Refused{"version: 1\nport: [1]\n", kArgument, "port: must be a whole number"},
        Refused{"version: 1\nstalenessAcceptable: yes\n", kArgument,
                "c.yaml:2:22: stalenessAcceptable: must be true or false"},
        Refused{"version: 1\nhost: http://h\n", kArgument, "host: must be a host name"},
        Refused{"version: 1\nhost:\n", kArgument, "c.yaml:2:1: host: must not be empty"},
        Refused{"version: 1\nendpoint: shares\n", kArgument, "endpoint: must be a path"},
        Refused{"version: 1\npublicUrl: ftp://h\n", kArgument, "publicUrl: must be a URL"},
        Refused{"version: 1\npublicUrl: h\n", kArgument, "c.yaml:2:12: publicUrl: a URL must"},
        Refused{"version: 1\ndataRoots: [lake]\n", kArgument,
                "dataRoots[0]: a path must be absolute: /path or file:///path"},
        Refused{"version: 1\ndataDirectory: lib\n", kArgument,
                "c.yaml:2:16: dataDirectory: must be an absolute path"},
        Refused{"version: 1\nasyncQueries: {lifetime: 5}\n", kArgument,
                "asyncQueries.lifetime: unknown key"},
        Refused{"version: 1\nmetrics: 5\n", kArgument, "metrics: must be true or false"},
        Refused{"version: 1\nlimits: {maxConnection: 5}\n", kArgument,
                "c.yaml:2:10: limits.maxConnection: unknown key; did you mean 'maxConnections'?"},
        Refused{"version: 1\nlimits: {maxHeaderBytes: 1}\n", kArgument,
                "limits.maxHeaderBytes: must be from 1024"},
        Refused{"version: 1\nlog: {level: loud}\n", kArgument, "log.level: must be one of"},
        Refused{"version: 1\nlog: {format: xml}\n", kArgument, "log.format: must be text or json"},
        Refused{"version: 1\nshares: [\n", kMalformed, "not valid YAML"},
        Refused{"version: 1\n\tport: 1\n", kMalformed, "c.yaml:2:1: not valid YAML"},
        // The YAML library sees documents without end here.
        Refused{",version: 1\n", kArgument, "one YAML document"},
        Refused{"version: 1\n---\nversion: 1\n", kArgument, "one YAML document"}));

INSTANTIATE_TEST_SUITE_P(
    Secrets, ConfigRefuses,
    testing::Values(
        Refused{"version: 1\nauthorization:\n", kArgument, "c.yaml:2:1: authorization: is empty"},
        Refused{"version: 1\nauthorization: {}\n", kArgument, "authorization: give bearerToken"},
        Refused{"version: 1\nauthorization: {bearerTokens: []}\n", kArgument,
                "authorization: give bearerToken"},
        Refused{"version: 1\nauthorization: s3cr3t-token\n", kArgument,
                "c.yaml:2:16: authorization: must be a mapping"},
        Refused{"version: 1\nauthorization: {s3cr3t-token: 1}\n", kArgument, "unknown key"},
        Refused{"version: 1\nauthorization: {bearerToken: *s3cr3t}\n", kMalformed,
                "c.yaml:2:30: not valid YAML"},
        Refused{"version: 1\nauthorization: {bearerToken: ''}\n", kArgument,
                "authorization.bearerToken: must not be empty"},
        Refused{"version: 1\nauthorization: {bearerToken: s3cr3t token}\n", kArgument,
                "authorization.bearerToken: a token must be printable"},
        Refused{"version: 1\nauthorization: {bearerToken: [s3cr3t]}\n", kArgument,
                "authorization.bearerToken: must be text"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{token: s3cr3t-token}]}\n", kArgument,
                "c.yaml:2:32: authorization.bearerTokens[0]: 'name' is missing"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{name: a}]}\n", kArgument,
                "exactly one of token and tokenSha256"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{name: a, tokenSha256: s3cr3t}]}\n",
                kArgument, "authorization.bearerTokens[0].tokenSha256: must be the 64 hex digits"},
        Refused{"version: 1\nauthorization: {bearerToken: s3cr3t, bearerTokens: [{name: a, token: "
                "s3cr3t}]}\n",
                kArgument, "this is the token of 'default' too"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{name: a, token: x}, {name: a, token: "
                "y}]}\n",
                kArgument, "the name 'a' is there twice"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{name: \"a\\x9B\", token: x}]}\n",
                kArgument, "must not hold the control character U+009B"},
        Refused{
            "version: 1\nauthorization: {bearerTokens: [{name: a, token: x, shares: [none]}]}\n",
            kArgument,
            "c.yaml:2:61: authorization.bearerTokens[0].shares[0]: there is no share 'none'"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{name: a, token: x, shares: }]}\n",
                kArgument, "bearerTokens[0].shares: is empty"},
        Refused{"version: 1\nauthorization: {bearerTokens: [{name: a, token: x, expirationTime: "
                "soon}]}\n",
                kArgument, "bearerTokens[0].expirationTime: 'soon' is not"},
        Refused{"version: 1\nssl:\n", kArgument, "c.yaml:2:1: ssl: is empty"},
        Refused{"version: 1\nssl: {certificateKeyFile: k}\n", kArgument,
                "c.yaml:2:6: ssl: 'certificateFile' is missing"},
        Refused{"version: 1\nssl: {certificateFile: c}\n", kArgument,
                "ssl: 'certificateKeyFile' is missing"},
        Refused{"version: 1\nssl: {selfSigned: true, certificateFile: c}\n", kArgument,
                "ssl: selfSigned makes a certificate"}));

INSTANTIATE_TEST_SUITE_P(
    Shares, ConfigRefuses,
    testing::Values(
        Refused{"version: 1\nshares: {name: a}\n", kArgument, "c.yaml:2:9: shares: must be a list"},
        Refused{"version: 1\nshares: [{schemas: []}]\n", kArgument,
                "c.yaml:2:10: shares[0]: 'name' is missing"},
        Refused{"version: 1\nshares: [{name: a b}]\n", kArgument,
                "c.yaml:2:17: shares[0].name: a name must not hold ' '"},
        Refused{"version: 1\nshares: [{name: a}, {name: A}]\n", kArgument,
                "c.yaml:2:28: shares[1].name: 'A' is there twice"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: a.b}]}]\n", kArgument,
                "shares[0].schemas[0].name: a name must not hold '.'"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, folder: 'ftp://b/f'}]}]\n",
                kUnsupported, "shares[0].schemas[0].folder: "},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, storage: {region: x}}]}]\n",
                kArgument, "schemas[0].storage: is said of the tables of a 'folder'"},
        Refused{"version: 1\nstoreFolderListingSeconds: 0\n", kArgument,
                "storeFolderListingSeconds: must be from 1"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, folder: here}]}]\n", kArgument,
                "shares[0].schemas[0].folder: a path must be absolute"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, include: x}]}]\n", kArgument,
                "c.yaml:2:49: shares[0].schemas[0].include: is said of the tables of a 'folder'"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, folder: /f, exclude: '['}]}]\n",
                kArgument, "shares[0].schemas[0].exclude: "},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c}, {name: C}]}]\n", kArgument,
                "shares[0].schemas[1].name: 'C' is there twice"},
        Refused{"version: 1\nshares:\n- name: a\n  schemas:\n  - name: c\n    tables:\n"
                "    - name: t\n      location: hdfs://name/t\n",
                kUnsupported,
                "c.yaml:8:17: shares[0].schemas[0].tables[0].location: 'hdfs://name/t': there is "
                "no store for 'hdfs:'"},
        Refused{"version: 1\nshares:\n- name: a\n  schemas:\n  - name: c\n    tables:\n"
                "    - name: t\n      location: s3a:///t\n",
                kArgument,
                "c.yaml:8:17: shares[0].schemas[0].tables[0].location: 's3a:///t' names "
                "no bucket"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t}]}]}]\n",
                kArgument, "tables[0]: 'location' is missing"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "data}]}]}]\n",
                kArgument, "location: a path must be absolute"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "file://host/x}]}]}]\n",
                kArgument, "location: must be of the form file:///path"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "/x, id: 1}, {name: u, location: /y, id: 1}]}]}]\n",
                kArgument, "tables[1].id: '1' is the id of a table at another location"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "/x, startVersion: -1}]}]}]\n",
                kArgument, "tables[0].startVersion: must be from 0"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "/x, files: [a, /b]}]}]}]\n",
                kArgument, "files[1]: pattern '/b': begins with a slash"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "s3://b/t, storage: {regoin: x}}]}]}]\n",
                kArgument, "tables[0].storage: s3://b/t: there is no option 'regoin'"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "/x, storage: {region: x}}]}]}]\n",
                kArgument, "tables[0].storage: /x: folders of this machine have no options"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "s3://b/t, storage: {region: x}}, {name: u, location: s3a://b/t, storage: "
                "{region: y}}]}]}]\n",
                kArgument, "s3a://b/t: there are two rules for this place"},
        Refused{"version: 1\nshares: [{name: a, schemas: [{name: c, tables: [{name: t, location: "
                "\"/x\\n\"}]}]}]\n",
                kArgument, "tables[0].location: must not hold control characters"}));

TEST(Config, AnchorsCannotMakeItGrowWithoutBound) {
  std::string text = "version: 1\nshares:\n";
  for (int share = 0; share < 100; ++share) {
    text += "- name: s" + std::to_string(share) + "\n";
    if (share > 0) {
      text += "  schemas: *schemas\n";
      continue;
    }
    text += "  schemas: &schemas\n";
    for (int schema = 0; schema < 100; ++schema) {
      text += "  - name: c" + std::to_string(schema) + "\n";
      if (schema > 0) {
        text += "    tables: *tables\n";
        continue;
      }
      text += "    tables: &tables\n";
      for (int table = 0; table < 100; ++table) {
        text += "    - {name: t" + std::to_string(table) + ", location: /x}\n";
      }
    }
  }
  const auto config = ParseConfig(text, "c.yaml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("more than 200000 tables"));
}

TEST(Config, DeepNestingIsRefused) {
  const auto config = ParseConfig("version: " + std::string(100'000, '['), "c.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kMalformed);
}

class LoadConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sluice-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(LoadConfigTest, ReadsAFileAndNamesIt) {
  const std::string path = (folder_ / "server.yaml").string();
  std::ofstream(path) << "version: 1\nport: 8081\n";
  EXPECT_EQ(LoadConfig(path)->port, 8081);
  std::ofstream(path) << "version: 1\nport: x\n";
  EXPECT_THAT(LoadConfig(path).error().message, HasSubstr(path + ":2:7: port"));
}

TEST_F(LoadConfigTest, SaysWhyItCannotRead) {
  const auto missing = LoadConfig((folder_ / "none.yaml").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("none.yaml: No such file"));
  EXPECT_FALSE(LoadConfig(folder_.string()));
  const std::string large = (folder_ / "large.yaml").string();
  std::ofstream(large) << "version: 1 # " << std::string(std::size_t{17} << 20, 'x');
  EXPECT_EQ(LoadConfig(large).error().kind, ErrorKind::kTooLarge);
}

TEST(Config, ProxiesClientsAndRotation) {
  const Config config = Parse(
      "version: 1\ntrustedProxies: [10.0.0.0/8, '::1']\nreloadOnChange: true\n"
      "ssl: {certificateFile: /c, certificateKeyFile: /k, clientCaFile: /a, "
      "requireClientCertificate: true}\n"
      "log: {accessFile: '-', accessMaxBytes: 1000, accessMaxFiles: 3}\n");
  EXPECT_TRUE(Contain(config.trusted_proxies, *ParseIpAddress("10.1.2.3")));
  EXPECT_TRUE(Contain(config.trusted_proxies, *ParseIpAddress("::1")));
  EXPECT_FALSE(Contain(config.trusted_proxies, *ParseIpAddress("11.1.2.3")));
  EXPECT_TRUE(config.reload_on_change);
  EXPECT_TRUE(config.tls->require_client_certificate);
  EXPECT_EQ(config.log.access_max_bytes, 1000);
  EXPECT_EQ(config.log.access_max_files, 3);
  const auto wrong = ParseConfig("version: 1\ntrustedProxies: [10.0.0.0/8, 10.0.0.1/8]\n", "c");
  EXPECT_THAT(wrong.error().message, HasSubstr("c:2:30: trustedProxies"));
  const auto nobody = ParseConfig(
      "version: 1\nssl: {certificateFile: /c, certificateKeyFile: /k, "
      "requireClientCertificate: true}\n",
      "c");
  EXPECT_THAT(nobody.error().message, HasSubstr("clientCaFile"));
}

TEST(Config, TheDocumentedExampleParses) {
  const auto config = LoadConfig(SLUICE_CONFIG_EXAMPLE);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->shares, SizeIs(2));
  ASSERT_TRUE(config->tokens);
  EXPECT_THAT(*config->tokens, SizeIs(3));
  EXPECT_EQ(config->tokens->at(1).grants->at(0).share, "public");
  // It says that it shows the defaults.
  const LimitsConfig defaults;
  EXPECT_EQ(config->limits.max_connections, defaults.max_connections);
  EXPECT_EQ(config->limits.max_header_bytes, defaults.max_header_bytes);
  EXPECT_EQ(config->limits.max_body_bytes, defaults.max_body_bytes);
  EXPECT_EQ(config->limits.max_buffered_bytes, defaults.max_buffered_bytes);
  EXPECT_EQ(config->limits.idle_timeout_seconds, defaults.idle_timeout_seconds);
  EXPECT_EQ(config->limits.write_stall_timeout_seconds, defaults.write_stall_timeout_seconds);
  EXPECT_EQ(config->limits.shutdown_timeout_seconds, defaults.shutdown_timeout_seconds);
}

}  // namespace
}  // namespace sluice::config
