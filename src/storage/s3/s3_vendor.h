// Keys for recipients that read one folder and nothing else.
#pragma once

#include <memory>
#include <optional>

#include "storage/location.h"
#include "storage/ports.h"
#include "storage/s3/sts.h"

namespace sluice::storage {

/// Whose role recipients get a part of.
struct VendedRole {
  std::shared_ptr<const Sts> sts;
  std::shared_ptr<const AwsKeys> as;
  /// Without a role_arn where the service needs none, as MinIO's. Nothing: none
  /// can be had.
  std::optional<RoleRequest> role;
};

/// Sessions of the role with a policy that allows reading objects below the
/// folder, and listing with prefixes below it. They last from 15 minutes to 12
/// hours, at most what the role allows, and an hour where the keys at hand are
/// themselves those of a role. Errors of Vend: as CredentialVendor;
/// kUnsupported without a role, naming the option.
std::shared_ptr<const CredentialVendor> MakeS3Vendor(VendedRole role, Location location,
                                                     const Clock& clock);

/// The policy, as JSON.
std::string FolderPolicy(std::string_view role_arn, const Location& location);

}  // namespace sluice::storage
