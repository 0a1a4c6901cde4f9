// A service account that someone else acts for, through the IAM Service Account Credentials API.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.h"
#include "storage/gcs/access_tokens.h"

namespace sluice::storage {

struct IamAccountOptions {
  /// ".../v1/projects/-/serviceAccounts/": the e-mail address and the method follow.
  std::string url;
  std::function<Result<std::string>()> email;  ///< Asked until it is known.
  std::vector<std::string> delegates;
  std::shared_ptr<const AccessTokens> caller;  ///< Who may create tokens of the account.
  std::shared_ptr<const net::HttpClient> http;
};

/// Thread-safe. Errors of its calls: kPermissionDenied where IAM refuses, saying which permission
/// is missing; kUnavailable, kTimeout; those of the caller's tokens.
class IamAccount {
 public:
  explicit IamAccount(IamAccountOptions options, const Clock& clock = SystemClock());

  Result<std::string> Email() const;
  /// An access token for an hour.
  Result<AccessTokens::Token> GenerateToken() const;
  /// A signature of RSA with SHA-256 by a key that Google keeps, good for 12 hours at least. One
  /// call of IAM; at most kMostAtOnce are made at a time, the others wait.
  Result<std::string> SignBlob(std::string_view bytes) const;

  static constexpr int kMostAtOnce = 32;

 private:
  /// POSTs `body` with the delegates, and reads the answer.
  Result<boost::json::object> Ask(std::string_view method, boost::json::object body) const;

  const IamAccountOptions options_;
  const Clock& clock_;
  const Renewing<std::string> email_;
  mutable std::counting_semaphore<kMostAtOnce> slots_{kMostAtOnce};
};

}  // namespace sluice::storage
