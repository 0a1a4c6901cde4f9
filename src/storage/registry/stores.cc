#include "storage/registry/stores.h"

#include <algorithm>
#include <tuple>

#include "storage/azure/azure_backend.h"
#include "storage/gcs/gcs_backend.h"
#include "storage/local_store.h"
#include "storage/s3/s3_backend.h"

namespace sluice::storage {
namespace {

Result<std::shared_ptr<const Backend>> MakeBackend(StoreKind kind, const StoreOptions& options,
                                                   const Surroundings& here) {
  switch (kind) {
    case StoreKind::kS3:
      return MakeS3(options, here);
    case StoreKind::kAzure:
      return MakeAzure(options, here);
    case StoreKind::kGcs:
      return MakeGcs(options, here);
    case StoreKind::kLocal:
      break;
  }
  return Fail(ErrorKind::kInvalidArgument, "folders of this machine have no options");
}

/// Options of all stores whose value is a secret; that of NAMEFile is the name of its file.
constexpr std::string_view kSecrets[] = {
    "secretAccessKey",  "sessionToken", "accountKey",  "sasToken",
    "connectionString", "clientSecret", "credentials", "hmacSecret",
};

/// Whether `folder` is `prefix` or lies below it.
bool IsBelow(std::string_view prefix, std::string_view folder) {
  return folder.starts_with(prefix) &&
         (prefix.empty() || folder.size() == prefix.size() || folder[prefix.size()] == '/');
}

}  // namespace

Result<std::shared_ptr<const Stores>> Stores::Make(std::vector<StoreRule> rules,
                                                   Surroundings here) {
  const std::shared_ptr<Stores> stores(new Stores(std::move(here)));
  for (StoreRule& given : rules) {
    auto rule = ParseRule(given.prefix);
    if (!rule) return Fail(std::move(rule).error());
    rule->rule = std::move(given);
    stores->rules_.push_back(*std::move(rule));
  }
  const auto breadth = [](const Rule& rule) {
    return std::tuple(!rule.whole_kind, !rule.place.bucket.empty(), !rule.place.account.empty(),
                      rule.place.folder.size(), rule.place.kind, rule.place.Text());
  };
  auto& sorted = stores->rules_;
  std::sort(sorted.begin(), sorted.end(),
            [&](const Rule& a, const Rule& b) { return breadth(a) < breadth(b); });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && breadth(sorted[i - 1]) == breadth(sorted[i])) {
      return Fail(ErrorKind::kInvalidArgument, "{}: there are two rules for this place",
                  sorted[i].rule.prefix);
    }
    const auto backend = stores->BackendFor(sorted[i].place, {});
    if (!backend) return Fail(backend.error().At(sorted[i].rule.prefix));
  }
  return stores;
}

Result<Stores::Rule> Stores::ParseRule(const std::string& prefix) {
  Rule rule;
  const auto scheme_end = prefix.find("://");
  const auto scheme = std::string_view(prefix).substr(0, scheme_end);
  if (scheme_end != std::string::npos && scheme_end + 3 == prefix.size()) {
    const auto kind = KindOfScheme(scheme);
    if (!kind) return Fail(ErrorKind::kInvalidArgument, "{}: there is no such store", prefix);
    rule.whole_kind = true;
    rule.place.kind = *kind;
  } else if (const auto account = prefix.find("://@"); account != std::string::npos) {
    SLUICE_TRY(rule.place,
               ParseLocation(fmt::format("{}://all@{}", scheme,
                                         std::string_view(prefix).substr(account + 4))));
    rule.place.bucket.clear();
  } else {
    SLUICE_TRY(rule.place, ParseLocation(prefix));
  }
  if (rule.place.kind == StoreKind::kLocal) {
    return Fail(ErrorKind::kInvalidArgument, "{}: folders of this machine have no options", prefix);
  }
  return rule;
}

bool Stores::Fits(const Rule& rule, const Location& location) {
  if (rule.place.kind != location.kind) return false;
  if (rule.whole_kind) return true;
  return (rule.place.bucket.empty() || rule.place.bucket == location.bucket) &&
         (rule.place.account.empty() || rule.place.account == location.account) &&
         IsBelow(rule.place.folder, location.folder);
}

StoreOptions Stores::OptionsFor(const Location& location, const StoreOptions& own) const {
  StoreOptions options;
  const auto add = [&](const StoreOptions& more) {
    for (const auto& [name, value] : more) options.insert_or_assign(name, value);
  };
  for (const Rule& rule : rules_) {
    if (Fits(rule, location)) add(rule.rule.options);
  }
  add(own);
  options.erase(std::string(kDirectoryAccessOption));
  return options;
}

Result<Stores::BackendPtr> Stores::BackendFor(const Location& location,
                                              const StoreOptions& own) const {
  auto key = std::pair(location.kind, OptionsFor(location, own));
  const std::lock_guard lock(mutex_);
  if (const auto found = backends_.find(key); found != backends_.end()) return found->second;
  SLUICE_TRY(auto backend, MakeBackend(key.first, key.second, here_));
  return backends_.emplace(std::move(key), std::move(backend)).first->second;
}

Result<Ports> Stores::Open(const Location& location, const StoreOptions& own) const {
  if (location.kind == StoreKind::kLocal) {
    Ports ports;
    SLUICE_TRY(ports.objects, OpenLocalStore(location.folder));
    return ports;
  }
  SLUICE_TRY(const auto backend, BackendFor(location, own));
  return backend->Open(location);
}

bool Stores::DirectoryAccess(const Location& location, const StoreOptions& own) const {
  if (const auto said = own.find(kDirectoryAccessOption); said != own.end()) {
    return said->second == "true";
  }
  bool allowed = false;
  for (const Rule& rule : rules_) {
    if (rule.rule.directory_access && Fits(rule, location)) allowed = *rule.rule.directory_access;
  }
  return allowed;
}

Status CheckKeptOptions(const Location& location, const StoreOptions& own, Surroundings here) {
  for (const auto& [name, value] : own) {
    if (std::find(std::begin(kSecrets), std::end(kSecrets), name) != std::end(kSecrets)) {
      return Fail(ErrorKind::kInvalidArgument,
                  "the option {} is a secret, and everybody who administers the catalog could read "
                  "it there; put it into a file of the server and name that with {}File",
                  name, name);
    }
  }
  StoreRule rule{location.Text(), own, std::nullopt};
  const auto directory = rule.options.extract(std::string(kDirectoryAccessOption));
  if (directory && directory.mapped() != "true" && directory.mapped() != "false") {
    return Fail(ErrorKind::kInvalidArgument, "{} is true or false", kDirectoryAccessOption);
  }
  return Stores::Make({std::move(rule)}, std::move(here)).map([](const auto&) {});
}

}  // namespace sluice::storage
