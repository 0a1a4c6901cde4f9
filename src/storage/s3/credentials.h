// Where the keys come from that S3 requests and URLs are signed with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/renewing.h"
#include "storage/ports.h"
#include "storage/s3/sigv4.h"

namespace sluice::storage {

using AwsKeys = Renewing<AwsKey>;

/// One way to get keys. Thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;

  /// Errors: kNotFound where this way is not set up here, with a message that says what is not
  /// there ("AWS_ACCESS_KEY_ID is not set"); all others where it is and fails. No message holds a
  /// secret.
  virtual Result<Expiring<AwsKey>> Fetch() const = 0;
};
using KeySourcePtr = std::shared_ptr<const KeySource>;

/// The first of `sources` that is set up; from then on that one alone, so that keys do not change
/// their owner when they are renewed. Errors: kPermissionDenied listing what was tried.
KeySourcePtr MakeKeyChain(std::vector<KeySourcePtr> sources);

/// Keys that are known, such as those of options.
KeySourcePtr MakeFixedKey(AwsKey key);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
KeySourcePtr MakeEnvironmentKeys(const Surroundings& here);

std::shared_ptr<const AwsKeys> MakeAwsKeys(KeySourcePtr source, const Clock& clock);

}  // namespace sluice::storage
