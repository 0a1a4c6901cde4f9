// The files that AWS's own tools keep their profiles in: ~/.aws/config and ~/.aws/credentials.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "storage/ports.h"

namespace sluice::storage {

/// The settings of one profile by their lower-case names.
class AwsProfile {
 public:
  /// Empty where it is not set.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const { return !Get(name).empty(); }
  void Set(std::string name, std::string value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Both files; what the credentials file says of a profile wins. Immutable.
class AwsProfiles {
 public:
  /// From where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say, else from ~/.aws. A file that
  /// is not there has no profiles. Errors: kPermissionDenied for one that cannot be read or is
  /// larger than kMaxOptionFileBytes, kMalformed with its line for one that does not parse.
  static Result<AwsProfiles> Read(const Surroundings& here);

  /// Null where there is none.
  const AwsProfile* Find(std::string_view name) const;

  /// The files that were looked for, for messages.
  const std::string& places() const { return places_; }

 private:
  Status ReadFile(const std::string& path, bool is_config);
  Status ReadText(std::string_view text, bool is_config);

  std::map<std::string, AwsProfile, std::less<>> profiles_;
  std::string places_;
};

/// The profile to use: `option` if that is not empty, else as AWS_PROFILE says, else "default".
std::string ProfileName(const std::string& option, const Surroundings& here);

}  // namespace sluice::storage
