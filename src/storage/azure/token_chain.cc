#include <mutex>
#include <utility>

#include "storage/azure/tokens.h"

namespace sluice::storage {
namespace {

struct Source {
  std::string_view name;
  Result<TokenFetch> (*find)(const TokenPlace&);
  /// Whether it may be set up and not there: only asking tells.
  bool guessed;
};

/// In the order of Azure's own libraries.
constexpr Source kSources[] = {
    {"environment", ClientSecretTokens, false},
    {"workload identity", WorkloadTokens, false},
    {"managed identity", ManagedIdentityTokens, true},
    {"Azure CLI", AzureCliTokens, true},
};

class Chain {
 public:
  explicit Chain(TokenPlace place) : place_(std::move(place)) {}

  Result<Expiring<std::string>> Fetch() {
    const std::lock_guard lock(mutex_);
    if (chosen_) return chosen_();
    std::string tried;
    for (const Source& source : kSources) {
      auto token = Try(source);
      if (token) return token;
      const bool absent = source.guessed || token.error().kind == ErrorKind::kUnauthenticated;
      if (!absent) return Fail(token.error().At(source.name));
      tried +=
          fmt::format("{}{}: {}", tried.empty() ? "" : "; ", source.name, token.error().message);
    }
    return Fail(ErrorKind::kPermissionDenied, "no credential for Azure was found. Tried {}", tried);
  }

 private:
  Result<Expiring<std::string>> Try(const Source& source) {
    SLUICE_TRY(TokenFetch fetch, source.find(place_));
    auto token = fetch();
    if (token) chosen_ = std::move(fetch);
    return token;
  }

  const TokenPlace place_;
  std::mutex mutex_;
  TokenFetch chosen_;  ///< One identity for as long as the process lives.
};

}  // namespace

TokenFetch ChainedTokens(TokenPlace place) {
  return [chain = std::make_shared<Chain>(std::move(place))] { return chain->Fetch(); };
}

}  // namespace sluice::storage
