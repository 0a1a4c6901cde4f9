// Keys of a profile in AWS's shared files.
#pragma once

#include <memory>
#include <string>

#include "storage/s3/sts.h"

namespace sluice::storage {

struct ProfileChoice {
  std::string name;
  /// Chosen by option or variable: one that is not there is an error, and no
  /// reason to look on.
  bool chosen = false;
};

/// What profiles refer to.
struct ProfileServices {
  std::shared_ptr<const Sts> sts;
  KeySourcePtr environment;
  KeySourcePtr container;
  KeySourcePtr instance;
};

/// The keys it has, those of credential_process, or of the role in role_arn,
/// assumed with source_profile, credential_source or web_identity_token_file.
/// The files are read at each Fetch.
KeySourcePtr MakeProfileKeys(ProfileChoice choice, ProfileServices services,
                             const Surroundings& here);

}  // namespace sluice::storage
