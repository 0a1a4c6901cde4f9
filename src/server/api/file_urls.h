// Signed URLs of the server itself, under which recipients fetch the files of local tables:
//   {base}/_files/{table id}/{key}?expires={ms}&recipient={id}&sp=r&sig={HMAC-SHA-256}
// where the recipient's id has `.{networks}` behind it, comma-separated in base64url, if it may
// come from those alone, and with `&root={id}` before `sig` where the key counts from one of the
// provider's DataRoots. The signature (base64url) covers table, root, key, expiry and recipient,
// but not the method: GET and HEAD share it. `sp=r` makes the official client's reader of the delta
// format take it for a signed URL.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "storage/url_signer.h"

namespace sluice::api {

/// What a valid URL grants.
struct FileGrant {
  std::string table_id;
  std::string root;  ///< Id of one of the DataRoots; empty: the table's own folder.
  std::string key;
  std::string recipient;                      ///< As FileUrlKey::RecipientId, without the networks.
  std::vector<std::string> allowed_networks;  ///< None: any.
};

/// The keys behind the URLs: the first signs, and what any of them signed is good. Immutable and
/// thread-safe.
class FileUrlKey {
 public:
  /// At least one.
  explicit FileUrlKey(std::vector<HmacKey> keys) : keys_(std::move(keys)) {}

  /// A short name for a recipient that tells outsiders nothing, with the networks it may come from.
  std::string RecipientId(std::string_view recipient,
                          const std::vector<std::string>& allowed_networks = {}) const;

  /// Reads "{table id}/{key}" and the query of a URL, still encoded. Errors: kPermissionDenied for
  /// a signature that does not fit and, told apart, for one that has expired; kNotFound for a key
  /// that is never served.
  Result<FileGrant> Check(std::string_view path, std::string_view query, std::int64_t now_ms) const;

  /// Signs keys within a scope.
  HmacKey KeySigner(const storage::SigningScope& scope) const;

 private:
  const std::vector<HmacKey> keys_;
};

/// Whether files with this key may be served at all, from here or from a store: not the log,
/// nothing hidden.
bool IsServedKey(std::string_view key);

class LocalFileUrls : public storage::UrlSigner {
 public:
  /// `base` is the URL of the protocol's prefix as the recipient reaches it, without a slash at its
  /// end; `scope.recipient` is a RecipientId.
  LocalFileUrls(std::shared_ptr<const FileUrlKey> key, std::string base,
                storage::SigningScope scope);

  Status AppendUrl(std::string_view key, std::string* out) const override;
  std::unique_ptr<const UrlSigner> AtRoot(std::string root) const override;

 private:
  const std::shared_ptr<const FileUrlKey> key_;
  const std::string base_;
  const HmacKey key_signer_;
  std::string before_key_;
  std::string after_key_;  ///< Up to the signature.
};

}  // namespace sluice::api
