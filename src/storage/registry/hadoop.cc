#include "storage/registry/hadoop.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "storage/rest/xml.h"

namespace sluice::storage {
namespace {

using Properties = std::map<std::string, std::string, std::less<>>;

/// A key of Hadoop and the option that it is here.
struct Counterpart {
  std::string_view key;
  std::string_view option;
};

constexpr Counterpart kS3[] = {
    {"access.key", "accessKeyId"},
    {"secret.key", "secretAccessKey"},
    {"session.token", "sessionToken"},
    {"endpoint.region", "region"},
    {"path.style.access", "pathStyle"},
    {"assumed.role.arn", "roleArn"},
    {"assumed.role.external.id", "externalId"},
};

constexpr Counterpart kGcs[] = {
    {"fs.gs.auth.service.account.json.keyfile", "credentialsFile"},
    {"google.cloud.auth.service.account.json.keyfile", "credentialsFile"},
};

/// Keys that end in the host of an account.
constexpr Counterpart kAzure[] = {
    {"fs.azure.account.key", "accountKey"},
    {"fs.azure.sas.fixed.token", "sasToken"},
    {"fs.azure.account.oauth2.client.id", "clientId"},
    {"fs.azure.account.oauth2.client.secret", "clientSecret"},
};

constexpr std::string_view kTokenEndpoint = "fs.azure.account.oauth2.client.endpoint";

/// Rules by prefix, while keys are read.
class Rules {
 public:
  StoreOptions& At(const std::string& prefix) { return by_prefix_[prefix]; }

  std::vector<StoreRule> Take() {
    std::vector<StoreRule> rules;
    for (auto& [prefix, options] : by_prefix_) {
      if (!options.empty()) rules.push_back({prefix, std::move(options), {}});
    }
    return rules;
  }

 private:
  std::map<std::string, StoreOptions> by_prefix_;
};

/// Without the blanks and line breaks that XML is laid out with.
std::string Content(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const auto end = text.find_last_not_of(kBlanks) + 1;
  return std::string(text.substr(begin, std::max(begin, end) - begin));
}

Result<Properties> ReadProperties(std::string_view xml) {
  SLUICE_TRY(const XmlDocument document, XmlDocument::Parse(xml, "configuration"));
  Properties properties;
  for (const auto& property : document.root().children("property")) {
    std::string key = Content(XmlText(property, "name"));
    std::string value = Content(XmlText(property, "value"));
    if (!key.empty() && !value.empty()) {
      properties.insert_or_assign(std::move(key), std::move(value));
    }
  }
  return properties;
}

/// What stands behind `prefix` and a dot; nothing when the key is another.
std::optional<std::string_view> Behind(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  if (!key.starts_with('.')) return std::nullopt;
  return key.substr(1);
}

std::string EndpointUrl(const std::string& endpoint, const Properties& properties) {
  if (endpoint.find("://") != std::string::npos) return endpoint;
  const auto ssl = properties.find("fs.s3a.connection.ssl.enabled");
  const bool plain = ssl != properties.end() && EqualsIgnoreCase(ssl->second, "false");
  return (plain ? "http://" : "https://") + endpoint;
}

Status ReadProviders(std::string_view key, std::string_view classes, StoreOptions* options) {
  // These look where our own chain looks, or are named by other keys.
  constexpr std::string_view kKnown[] = {"SimpleAWSCredentialsProvider",
                                         "TemporaryAWSCredentialsProvider",
                                         "EnvironmentVariableCredentialsProvider",
                                         "IAMInstanceCredentialsProvider",
                                         "DefaultCredentialsProvider",
                                         "DefaultAWSCredentialsProviderChain",
                                         "InstanceProfileCredentialsProvider",
                                         "ContainerCredentialsProvider",
                                         "WebIdentityTokenCredentialsProvider",
                                         "WebIdentityTokenFileCredentialsProvider",
                                         "ProfileCredentialsProvider",
                                         "AssumedRoleCredentialProvider",
                                         "EC2ContainerCredentialsProviderWrapper"};
  while (!classes.empty()) {
    const auto end = std::min(classes.find(','), classes.size());
    std::string_view name = Trim(classes.substr(0, end));
    classes.remove_prefix(std::min(end + 1, classes.size()));
    name = name.substr(name.rfind('.') + 1);
    if (name == "AnonymousAWSCredentialsProvider") {
      options->insert_or_assign("anonymous", "true");
    } else if (!name.empty() &&
               std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
      return Fail(ErrorKind::kUnsupported, "{}: the class '{}' cannot be used here", key, name);
    }
  }
  return {};
}

/// One key below fs.s3a. or fs.s3a.bucket.NAME.
Status ReadS3(std::string_view key, std::string_view short_key, const std::string& value,
              const Properties& properties, StoreOptions* options) {
  if (short_key == "endpoint") {
    options->insert_or_assign("endpoint", EndpointUrl(value, properties));
  }
  if (short_key == "aws.credentials.provider") return ReadProviders(key, value, options);
  for (const auto& known : kS3) {
    if (short_key == known.key) options->insert_or_assign(std::string(known.option), value);
  }
  return {};
}

/// fs.s3a.bucket.NAME.KEY, where the name may hold dots: KEY is one of the known ones.
struct BucketKey {
  std::string bucket;
  std::string_view key;
};

std::optional<BucketKey> SplitBucketKey(std::string_view rest) {
  const auto split = [&](std::string_view key) -> std::optional<BucketKey> {
    if (!rest.ends_with(key) || rest.size() <= key.size() + 1) return std::nullopt;
    const auto name = rest.substr(0, rest.size() - key.size());
    if (!name.ends_with('.')) return std::nullopt;
    return BucketKey{std::string(name.substr(0, name.size() - 1)), key};
  };
  for (const auto& known : kS3) {
    if (auto found = split(known.key)) return found;
  }
  if (auto found = split("aws.credentials.provider")) return found;
  return split("endpoint");
}

/// "https://login.example/TENANT/oauth2/token" and likewise with a version.
void ReadTokenEndpoint(std::string_view url, StoreOptions* options) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  const auto host = url.find('/', scheme + 3);
  if (host == std::string_view::npos) return;
  const auto end = std::min(url.find('/', host + 1), url.size());
  options->insert_or_assign("authorityHost", std::string(url.substr(0, host)));
  options->insert_or_assign("tenantId", std::string(url.substr(host + 1, end - host - 1)));
}

void ReadAzure(std::string_view key, const std::string& value, Rules* rules) {
  // Without a host a key holds for every account.
  const auto prefix_of = [](std::string_view host) {
    return host.empty() ? std::string("abfss://") : "abfss://@" + std::string(host);
  };
  for (const auto& known : kAzure) {
    const auto host = key == known.key ? std::string_view() : Behind(key, known.key);
    if (host) rules->At(prefix_of(*host)).insert_or_assign(std::string(known.option), value);
  }
  const auto host = key == kTokenEndpoint ? std::string_view() : Behind(key, kTokenEndpoint);
  if (host) ReadTokenEndpoint(value, &rules->At(prefix_of(*host)));
  // fs.azure.sas.CONTAINER.ACCOUNT.blob.…; a container's name has no dots.
  const auto sas = Behind(key, "fs.azure.sas");
  if (!sas || sas->starts_with("fixed.") || sas->starts_with("token.")) return;
  const auto dot = sas->find('.');
  if (dot == std::string_view::npos) return;
  const auto place = fmt::format("abfss://{}@{}", sas->substr(0, dot), sas->substr(dot + 1));
  rules->At(place).insert_or_assign("sasToken", value);
}

Status ReadKey(std::string_view key, const std::string& value, const Properties& properties,
               Rules* rules) {
  if (key == "hadoop.security.credential.provider.path") {
    return Fail(ErrorKind::kUnsupported,
                "{}: keys in a key store of Hadoop cannot be read; give them here or in the "
                "server's own configuration",
                key);
  }
  if (const auto rest = Behind(key, "fs.s3a")) {
    const auto bucket_rest = Behind(*rest, "bucket");
    if (!bucket_rest) return ReadS3(key, *rest, value, properties, &rules->At("s3://"));
    const auto bucket = SplitBucketKey(*bucket_rest);
    if (!bucket) return {};
    return ReadS3(key, bucket->key, value, properties, &rules->At("s3://" + bucket->bucket));
  }
  for (const auto& known : kGcs) {
    if (key == known.key) rules->At("gs://").insert_or_assign(std::string(known.option), value);
  }
  ReadAzure(key, value, rules);
  return {};
}

}  // namespace

Result<std::vector<StoreRule>> ReadHadoopRules(std::string_view xml, std::string_view name) {
  const auto properties = ReadProperties(xml);
  if (!properties) return Fail(properties.error().At(name));
  Rules rules;
  for (const auto& [key, value] : *properties) {
    if (auto read = ReadKey(key, value, *properties, &rules); !read) {
      return Fail(read.error().At(name));
    }
  }
  return rules.Take();
}

std::vector<StoreRule> MergeRules(std::vector<StoreRule> base, std::vector<StoreRule> over) {
  for (StoreRule& rule : over) {
    const auto same = std::find_if(base.begin(), base.end(), [&](const StoreRule& other) {
      return other.prefix == rule.prefix;
    });
    if (same == base.end()) {
      base.push_back(std::move(rule));
      continue;
    }
    for (auto& [option, value] : rule.options) same->options.insert_or_assign(option, value);
    if (rule.directory_access) same->directory_access = rule.directory_access;
  }
  return base;
}

}  // namespace sluice::storage
