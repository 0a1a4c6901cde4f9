// UrlSigner: makes the short-lived URLs under which a recipient fetches objects. Every
// implementation passes storage/url_signer_conformance.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace sluice::storage {

/// What all URLs of one answer have in common.
struct SigningScope {
  std::string table_id;   ///< The catalog's id of the table; opaque to recipients.
  std::string recipient;  ///< Who may use the URL, as far as the signer can bind it.
  std::int64_t expires_at_ms = 0;
  std::string root = {};  ///< Where the key counts from; empty: the table's own folder.
};

/// The signer of one scope. Immutable and thread-safe. What the URLs have in common is made once,
/// for AppendUrl is called for every file of an answer.
class UrlSigner {
 public:
  explicit UrlSigner(SigningScope scope) : scope_(std::move(scope)) {}
  virtual ~UrlSigner() = default;

  const SigningScope& scope() const { return scope_; }

  /// Appends an absolute URL for a GET, of ranges too, of `key` (an object key, decoded) to `out`.
  /// On an error `out` is as it was. Errors: kInvalidArgument for a key no store accepts.
  virtual Status AppendUrl(std::string_view key, std::string* out) const = 0;
  /// Whether AppendUrl asks a service for each URL, so that its thread waits.
  virtual bool waits() const { return false; }
  /// The same but for the root.
  virtual std::unique_ptr<const UrlSigner> AtRoot(std::string root) const = 0;

 private:
  const SigningScope scope_;
};

}  // namespace sluice::storage
