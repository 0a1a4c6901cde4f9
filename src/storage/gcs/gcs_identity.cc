#include "storage/gcs/gcs_identity.h"

#include <filesystem>

#include "storage/gcs/token_sources.h"
#include "storage/rest/option_reader.h"
#include "storage/rest/vended.h"

namespace sluice::storage {
namespace {

constexpr const char* kVariable = "GOOGLE_APPLICATION_CREDENTIALS";
constexpr const char* kAccounts = "/v1/projects/-/serviceAccounts/";

/// Puts identities together; lives for one call.
class Finder {
 public:
  Finder(const GcsOptions& options, const Surroundings& here,
         std::shared_ptr<const net::HttpClient> http)
      : options_(options), here_(here), clock_(*here.clock), http_(std::move(http)) {}

  Result<GcsIdentity> Find() {
    SLUICE_TRY(auto identity, FindOwn());
    if (options_.impersonate.empty()) return identity;
    return ActAs(options_.iam_endpoint + kAccounts + options_.impersonate, {}, identity.tokens);
  }

 private:
  Result<GcsIdentity> FindOwn() {
    if (!options_.credentials.empty()) return FromJson("credentials", options_.credentials);
    tried_.emplace_back("the option credentialsFile (not given)");
    if (const std::string path = here_.variable(kVariable); !path.empty()) {
      return FromFile(fmt::format("{} ({})", kVariable, path), path);
    }
    tried_.emplace_back(std::string(kVariable) + " (not set)");
    const std::string path = GcloudFile();
    std::error_code ignored;
    if (!path.empty() && std::filesystem::exists(path, ignored)) return FromFile(path, path);
    tried_.emplace_back(path.empty() ? "gcloud's file (HOME is not set)" : path + " (not there)");
    return FromMetadata();
  }

  std::string GcloudFile() const {
    std::string folder = here_.variable("CLOUDSDK_CONFIG");
    if (folder.empty()) {
      folder = here_.variable("HOME");
      if (folder.empty()) return {};
      folder += "/.config/gcloud";
    }
    return folder + "/application_default_credentials.json";
  }

  Result<GcsIdentity> FromFile(std::string_view place, const std::string& path) {
    const auto json = ReadOptionFile(path);
    if (!json) return Fail(json.error().At(place));
    return FromJson(place, *json);
  }

  Result<GcsIdentity> FromJson(std::string_view place, std::string_view json) {
    auto file = ParseCredentialFile(json);
    if (!file) return Fail(file.error().At(place));
    GcsIdentity identity;
    identity.tokens = Tokens(FetchFrom(file->source, http_, clock_));
    if (!file->acts_as_url.empty()) {
      return ActAs(file->acts_as_url, std::move(file->delegates), identity.tokens);
    }
    if (auto* const key = std::get_if<ServiceAccountKey>(&file->source); key != nullptr) {
      identity.key = std::move(*key);
    }
    return identity;
  }

  GcsIdentity FromMetadata() {
    const MetadataServer server(here_, std::move(tried_));
    GcsIdentity identity;
    identity.tokens = Tokens([server] { return server.FetchToken(); });
    identity.account = Account(
        options_.iam_endpoint + kAccounts, [server] { return server.FetchEmail(); }, {},
        identity.tokens);
    return identity;
  }

  /// `url` ends in the account's e-mail address.
  GcsIdentity ActAs(const std::string& url, std::vector<std::string> delegates,
                    std::shared_ptr<const AccessTokens> caller) {
    const auto slash = url.rfind('/') + 1;
    GcsIdentity identity;
    identity.account = Account(
        url.substr(0, slash), [email = url.substr(slash)] { return Result<std::string>(email); },
        std::move(delegates), std::move(caller));
    identity.tokens = Tokens([account = identity.account] { return account->GenerateToken(); });
    return identity;
  }

  std::shared_ptr<const IamAccount> Account(std::string url,
                                            std::function<Result<std::string>()> email,
                                            std::vector<std::string> delegates,
                                            std::shared_ptr<const AccessTokens> caller) {
    return std::make_shared<const IamAccount>(
        IamAccountOptions{std::move(url), std::move(email), std::move(delegates), std::move(caller),
                          http_},
        clock_);
  }

  std::shared_ptr<const AccessTokens> Tokens(AccessTokens::Fetch fetch) const {
    return std::make_shared<const AccessTokens>(std::move(fetch), clock_);
  }

  const GcsOptions& options_;
  const Surroundings& here_;
  const Clock& clock_;
  const std::shared_ptr<const net::HttpClient> http_;
  std::vector<std::string> tried_;
};

}  // namespace

Result<GcsIdentity> FindIdentity(const GcsOptions& options, const Surroundings& here,
                                 std::shared_ptr<const net::HttpClient> http) {
  if (here.vended != nullptr) {
    GcsIdentity identity;
    identity.tokens = std::make_shared<const AccessTokens>(
        VendedText(here.vended, StoreKind::kGcs, "oauthToken"), *here.clock);
    return identity;
  }
  if (options.anonymous) return GcsIdentity{};
  return Finder(options, here, std::move(http)).Find();
}

}  // namespace sluice::storage
