// UrlSigner: makes the short-lived URL under which a recipient fetches one object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::storage {

/// What all URLs of one answer have in common.
struct SigningScope {
  std::string table_id;   ///< The catalog's id of the table; opaque to recipients.
  std::string recipient;  ///< Who may use the URL, as far as the signer can bind it.
  std::int64_t expires_at_ms = 0;
  std::string root = {};  ///< Where the key counts from; empty: the table's own folder.
};

/// Thread-safe and cheap: called once for every file of every answer.
class UrlSigner {
 public:
  virtual ~UrlSigner() = default;
  /// Appends an absolute URL for a GET or HEAD of `key` (an object key, decoded) to `out`.
  /// On an error `out` is as it was. Errors: kInvalidArgument for a key no store accepts.
  virtual Status AppendUrl(const SigningScope& scope, std::string_view key,
                           std::string* out) const = 0;
};

}  // namespace sluice::storage
