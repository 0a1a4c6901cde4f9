#include "server/config/config.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

#include "base/ascii.h"
#include "base/file.h"
#include "base/uri.h"
#include "server/config/sections.h"

namespace sluice::config {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;
constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kYearSeconds = 366LL * 24 * 3600;

Status ReadVersion(const YamlValue& value) {
  SLUICE_TRY(const std::int64_t version, value.Integer(1, INT32_MAX));
  if (version <= kVersion) return {};
  return value.Refuse(ErrorKind::kUnsupported,
                      fmt::format("is {}; this program reads version {}", version, kVersion));
}

Status ReadHost(const YamlValue& value, std::string* out) {
  SLUICE_TRY(*out, value.NonEmptyText());
  if (out->find_first_of(" /?#@") == std::string::npos) return {};
  return value.Refuse("must be a host name or an address, without scheme and path");
}

Status ReadEndpoint(const YamlValue& value, std::string* out) {
  if (value.IsNull()) return {};
  SLUICE_TRY(*out, value.Text());
  if (!out->starts_with('/') || out->find_first_of(" ?#%") != std::string::npos) {
    return value.Refuse("must be a path such as /delta-sharing");
  }
  while (out->ends_with('/')) out->pop_back();
  return {};
}

Status ReadPublicUrl(const YamlValue& value, std::string* out) {
  if (value.IsNull()) return {};
  SLUICE_TRY(*out, value.Text());
  const auto uri = ParseUri(*out);
  if (!uri) return value.Refuse(uri.error().message);
  if ((uri->scheme != "http" && uri->scheme != "https") || uri->host.empty() ||
      out->find_first_of("?#") != std::string::npos) {
    return value.Refuse("must be a URL such as https://sharing.example.com");
  }
  while (out->ends_with('/')) out->pop_back();
  return {};
}

/// The parser's own words, without what some of them quote from the file.
std::string Reason(const YAML::Exception& e) {
  return "not valid YAML: " + e.msg.substr(0, e.msg.find(':'));
}

/// What does not fit the fields of a struct one to one.
struct Parts {
  Config config;
  std::int64_t port = 80;
  std::vector<TableRule> table_rules;
  Authorization authorization;
};

Status ReadTokens(const YamlValue& value, Parts* parts) {
  SLUICE_RETURN_IF_ERROR(ReadAuthorization(value, &parts->authorization));
  parts->config.tokens = std::move(parts->authorization.tokens);
  parts->config.issuers = std::move(parts->authorization.issuers);
  return {};
}

Status ReadDataRoots(const YamlValue& value, std::vector<std::string>* out) {
  return value.ReadList(
      [out](const YamlValue& root) { return ReadLocation(root, &out->emplace_back()); });
}

Status ReadDirectory(const YamlValue& value, std::string* out) {
  if (value.IsNull()) return {};
  SLUICE_TRY(*out, value.NonEmptyText());
  if (out->starts_with('/')) return {};
  return value.Refuse("must be an absolute path");
}

Status ReadCatalog(const YamlValue& value, std::string* out) {
  if (value.IsNull()) return {};
  SLUICE_TRY(*out, value.NonEmptyText());
  const std::string_view text = *out;
  if (text == kCatalogInDataDirectory || text.starts_with("postgresql://") ||
      text.starts_with("postgres://")) {
    return {};
  }
  return value.Refuse("must be sqlite, or a URL such as postgresql://user@host/database");
}

Status ReadAdmin(const YamlValue& value, std::string* listen) {
  if (value.IsNull()) return {};
  const YamlField fields[] = {{"listen", Into(listen), true}};
  return value.ReadMap(fields);
}

Status ReadNetworks(const YamlValue& value, Networks* out) {
  return value.ReadList([&](const YamlValue& v) -> Status {
    SLUICE_TRY(const std::string text, v.NonEmptyText());
    const auto network = Network::Parse(text);
    if (!network) return v.Refuse(network.error().message);
    out->push_back(*network);
    return {};
  });
}

std::vector<YamlField> ServiceFields(Parts* parts) {
  Config* const c = &parts->config;
  return {
      {"version", ReadVersion, true},
      {"shares",
       [parts](const YamlValue& v) {
         return ReadShares(v, &parts->config.shares, &parts->table_rules);
       }},
      {"authorization", [parts](const YamlValue& v) { return ReadTokens(v, parts); }},
      {"ssl", [c](const YamlValue& v) { return ReadTls(v, &c->tls.emplace()); }},
      {"host", [c](const YamlValue& v) { return ReadHost(v, &c->host); }},
      {"port", Into(&parts->port, 0, 65535)},
      {"endpoint", [c](const YamlValue& v) { return ReadEndpoint(v, &c->endpoint); }},
      {"publicUrl", [c](const YamlValue& v) { return ReadPublicUrl(v, &c->public_url); }},
      {"limits", [c](const YamlValue& v) { return ReadLimits(v, &c->limits); }},
      {"log", [c](const YamlValue& v) { return ReadLog(v, &c->log); }},
      {"dataRoots", [c](const YamlValue& v) { return ReadDataRoots(v, &c->data_roots); }},
      {"storeFolderListingSeconds", Into(&c->store_folder_listing_seconds, 1, 86'400)},
      {"dataDirectory", [c](const YamlValue& v) { return ReadDirectory(v, &c->data_directory); }},
      {"catalog", [c](const YamlValue& v) { return ReadCatalog(v, &c->catalog); }},
      {"admin", [c](const YamlValue& v) { return ReadAdmin(v, &c->admin_listen); }},
      {"asyncQueries", [c](const YamlValue& v) { return ReadAsyncQueries(v, &c->async_queries); }},
      {"storage", [c](const YamlValue& v) { return ReadStorage(v, &c->storage); }},
      {"metrics", Into(&c->metrics)},
      {"trustedProxies", [c](const YamlValue& v) { return ReadNetworks(v, &c->trusted_proxies); }},
      {"reloadOnChange", Into(&c->reload_on_change)},
  };
}

std::vector<YamlField> TableFields(Config* c) {
  return {
      {"preSignedUrlTimeoutSeconds", Into(&c->pre_signed_url_timeout_seconds, 1, kYearSeconds)},
      {"temporaryCredentialValiditySeconds",
       Into(&c->temporary_credential_validity_seconds, INT64_MIN, kYearSeconds)},
      {"requestTimeoutSeconds", Into(&c->request_timeout_seconds, 0, kYearSeconds)},
      {"deltaTableCacheSize", Into(&c->delta_table_cache_size, 0, INT32_MAX)},
      {"tableCacheBytes", Into(&c->table_cache_bytes, 0, INT64_MAX)},
      {"stalenessAcceptable", Into(&c->staleness_acceptable)},
      {"evaluatePredicateHints", Into(&c->evaluate_predicate_hints)},
      {"evaluateJsonPredicateHints", Into(&c->evaluate_json_predicate_hints)},
      {"evaluateJsonPredicateHintsV2", Into(&c->evaluate_json_predicate_hints_v2)},
      {"queryTablePageSizeLimit", Into(&c->query_table_page_size_limit, 1, INT32_MAX)},
      {"queryTablePageTokenTtlMs", Into(&c->query_table_page_token_ttl_ms, 1, kYearSeconds * 1000)},
      {"refreshTokenTtlMs", Into(&c->refresh_token_ttl_ms, 1, kYearSeconds * 1000)},
  };
}

Result<Config> ReadDocument(const YAML::Node& document, std::string_view name) {
  const YamlValue root(document, YAML::Mark(), "", name);
  if (root.IsNull()) return root.Refuse("the file is empty; it must begin with 'version: 1'");
  Parts parts;
  std::vector<YamlField> fields = ServiceFields(&parts);
  for (auto& field : TableFields(&parts.config)) fields.push_back(std::move(field));
  SLUICE_RETURN_IF_ERROR(root.ReadMap(fields));
  SLUICE_RETURN_IF_ERROR(CheckMentions(parts.authorization.mentions, parts.config.shares));
  SLUICE_RETURN_IF_ERROR(AddTableRules(parts.table_rules, &parts.config.storage));
  Config config = std::move(parts.config);
  config.port = static_cast<std::uint16_t>(parts.port);
  // The reference server takes its default for what makes no sense here.
  if (config.temporary_credential_validity_seconds <= 0) {
    config.temporary_credential_validity_seconds = 3600;
  }
  return config;
}

/// Passes over everything but the places where documents begin.
class DocumentMarks : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { last_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  const YAML::Mark& last() const { return last_; }

 private:
  YAML::Mark last_;
};

/// Where a second document begins. Asks for no third: over some text that is no YAML (a comma where
/// a value begins) the parser finds one document after the other and never an end.
std::optional<YAML::Mark> SecondDocument(std::string_view text) {
  std::istringstream in{std::string(text)};
  YAML::Parser parser(in);
  DocumentMarks marks;
  if (!parser.HandleNextDocument(marks) || !parser.HandleNextDocument(marks)) return std::nullopt;
  return marks.last();
}

}  // namespace

Result<Config> ParseConfig(std::string_view text, std::string_view name) {
  if (text.size() > kMaxFileBytes) {
    return Fail(ErrorKind::kTooLarge, "{}: more than {} bytes", name, kMaxFileBytes);
  }
  try {
    if (const auto second = SecondDocument(text)) {
      return YamlValue(YAML::Node(), *second, "", name)
          .Refuse("the file must hold one YAML document, not several");
    }
    return ReadDocument(YAML::Load(std::string(text)), name);
  } catch (const YAML::Exception& e) {
    const YamlValue place(YAML::Node(), e.mark.is_null() ? YAML::Mark() : e.mark, "", name);
    return place.Refuse(ErrorKind::kMalformed, Reason(e));
  }
}

Result<Config> LoadConfig(const std::string& path) {
  const Result<std::string> text = ReadFile(path, kMaxFileBytes);
  if (!text) return Fail(text.error().At(path));
  return ParseConfig(*text, path);
}

}  // namespace sluice::config
