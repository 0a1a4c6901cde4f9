// What a table needs of the place where it lies: its objects, URLs of them for recipients, and
// credentials that open it to recipients who read it themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/http_client.h"
#include "storage/location.h"
#include "storage/object_store.h"
#include "storage/url_signer.h"

namespace sluice::storage {

/// Makes the signers of one folder. Thread-safe.
class UrlSource {
 public:
  virtual ~UrlSource() = default;

  /// A signer for keys below the folder. The signer's own scope may expire before the given one:
  /// no URL outlives the credential that signed it. May wait for credentials to be renewed.
  /// Errors: kPermissionDenied and kUnavailable from whoever gives credentials, kUnsupported
  /// where the credentials at hand cannot sign.
  virtual Result<std::unique_ptr<const UrlSigner>> SignerFor(SigningScope scope) const = 0;
};

/// Short-lived credentials that read one folder and nothing else. Never logged.
struct TemporaryCredentials {
  StoreKind kind = StoreKind::kS3;
  /// The fields of the protocol's object for this kind: accessKeyId, secretAccessKey and
  /// sessionToken for S3, sasToken for Azure, oauthToken for GCS.
  std::map<std::string, std::string> fields;
  std::string location;  ///< The folder, as engines call it: s3://…, abfss://…, gs://….
  std::int64_t expires_at_ms = 0;
};

/// Gives such credentials. Thread-safe. Passes storage/credential_vendor_conformance.h.
class CredentialVendor {
 public:
  virtual ~CredentialVendor() = default;

  /// Valid for about `validity_ms` from now, less where the store or the credential at hand ends
  /// sooner. Errors: as UrlSource::SignerFor.
  virtual Result<TemporaryCredentials> Vend(std::int64_t validity_ms) const = 0;
};

/// One folder in a store. `objects` is always there; `urls` is null where a store cannot make URLs
/// (then the server makes its own), `credentials` where it cannot be read with such.
struct Ports {
  std::shared_ptr<const ObjectStore> objects;
  std::shared_ptr<const UrlSource> urls;
  std::shared_ptr<const CredentialVendor> credentials;
};

/// What a provider says of a store: names as in docs/storage.md ("region", "endpoint") to values.
/// Each store reads its own once, and refuses names it does not know.
using StoreOptions = std::map<std::string, std::string, std::less<>>;

/// What stores take from the machine they run on; tests give another one.
struct Surroundings {
  /// An environment variable; empty where it is not set.
  std::function<std::string(const char* name)> variable;
  const Clock* clock = &SystemClock();
  /// How stores are reached; their options may add to it.
  net::HttpOptions http = {};
  /// Where the credentials of every store come from, if it is given: then the machine's own are
  /// not looked for, and options that name others are refused. It opens one folder.
  std::shared_ptr<const CredentialVendor> vended = nullptr;

  /// This process's own.
  static Surroundings OfProcess();
};

/// A store with one set of options. Its folders share connections and credentials. Thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Asks nothing of the store yet. Errors: kInvalidArgument where location and options do not make
  /// a place ("no account", "no region"), naming the option.
  virtual Result<Ports> Open(const Location& location) const = 0;
};

}  // namespace sluice::storage
