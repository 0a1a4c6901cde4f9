#include "storage/s3/profile_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/s3/process_keys.h"
#include "storage/s3/shared_config.h"

namespace sluice::storage {
namespace {

class ProfileKeys final : public KeySource {
 public:
  ProfileKeys(ProfileChoice choice, ProfileServices services, const Surroundings& here)
      : choice_(std::move(choice)), services_(std::move(services)), here_(here) {}

  Result<Expiring<AwsKey>> Fetch() const override {
    SLUICE_TRY(const AwsProfiles profiles, AwsProfiles::Read(here_));
    if (profiles.Find(choice_.name) == nullptr) {
      return Fail(choice_.chosen ? ErrorKind::kPermissionDenied : ErrorKind::kNotFound,
                  "there is no profile '{}' in {}", choice_.name, profiles.places());
    }
    std::vector<std::string> way;
    return Resolve(profiles, choice_.name, &way);
  }

 private:
  Result<Expiring<AwsKey>> Resolve(const AwsProfiles& profiles, const std::string& name,
                                   std::vector<std::string>* way) const;
  Result<Expiring<AwsKey>> FromRole(const AwsProfiles& profiles, const std::string& name,
                                    std::vector<std::string>* way) const;
  /// The keys that a role is assumed with.
  Result<Expiring<AwsKey>> FromSource(const AwsProfiles& profiles, const std::string& name,
                                      std::vector<std::string>* way) const;

  const ProfileChoice choice_;
  const ProfileServices services_;
  const Surroundings here_;
};

Expiring<AwsKey> OwnKeys(const AwsProfile& profile) {
  return {{std::string(profile.Get("aws_access_key_id")),
           std::string(profile.Get("aws_secret_access_key")),
           std::string(profile.Get("aws_session_token"))}};
}

template <typename... Args>
tl::unexpected<Error> Refuse(std::string_view name, fmt::format_string<Args...> format,
                             Args&&... args) {
  return Fail(ErrorKind::kPermissionDenied, "profile '{}' {}", name,
              fmt::format(format, std::forward<Args>(args)...));
}

Result<Expiring<AwsKey>> ProfileKeys::Resolve(const AwsProfiles& profiles, const std::string& name,
                                              std::vector<std::string>* way) const {
  const AwsProfile* const profile = profiles.Find(name);
  if (profile == nullptr) {
    return Fail(ErrorKind::kPermissionDenied, "there is no profile '{}' in {}", name,
                profiles.places());
  }
  if (std::find(way->begin(), way->end(), name) != way->end()) {
    return Refuse(name, "is its own source_profile, over others");
  }
  way->push_back(name);
  if (profile->Has("role_arn")) return FromRole(profiles, name, way);
  if (profile->Has("aws_access_key_id")) {
    if (!profile->Has("aws_secret_access_key")) {
      return Refuse(name, "has an aws_access_key_id without an aws_secret_access_key");
    }
    return OwnKeys(*profile);
  }
  if (profile->Has("credential_process")) {
    auto key = FetchFromProcess(std::string(profile->Get("credential_process")));
    if (!key) return Fail(key.error().At("profile '" + name + "'"));
    return key;
  }
  if (profile->Has("sso_session") || profile->Has("sso_start_url") ||
      profile->Has("login_session")) {
    return Refuse(name,
                  "is signed in to by a browser; use one with 'credential_process = aws configure "
                  "export-credentials --profile {}'",
                  name);
  }
  return Fail(
      choice_.chosen || way->size() > 1 ? ErrorKind::kPermissionDenied : ErrorKind::kNotFound,
      "profile '{}' in {} has no credentials", name, profiles.places());
}

Result<Expiring<AwsKey>> ProfileKeys::FromSource(const AwsProfiles& profiles,
                                                 const std::string& name,
                                                 std::vector<std::string>* way) const {
  const AwsProfile& profile = *profiles.Find(name);
  const std::string source(profile.Get("source_profile"));
  if (!source.empty()) {
    // A profile may name itself, and means its keys.
    if (source == name && profile.Has("aws_secret_access_key")) return OwnKeys(profile);
    return Resolve(profiles, source, way);
  }
  const std::string_view service = profile.Get("credential_source");
  if (service == "Environment") return services_.environment->Fetch();
  if (service == "EcsContainer") return services_.container->Fetch();
  if (service == "Ec2InstanceMetadata") return services_.instance->Fetch();
  if (!service.empty()) return Refuse(name, "has the unknown credential_source '{}'", service);
  return Refuse(name, "has a role_arn, but neither source_profile nor credential_source");
}

Result<Expiring<AwsKey>> ProfileKeys::FromRole(const AwsProfiles& profiles, const std::string& name,
                                               std::vector<std::string>* way) const {
  const AwsProfile& profile = *profiles.Find(name);
  RoleRequest request;
  request.role_arn = profile.Get("role_arn");
  request.external_id = profile.Get("external_id");
  request.session_name = profile.Get("role_session_name");
  if (request.session_name.empty()) request.session_name = "sluice";
  if (profile.Has("mfa_serial")) {
    return Refuse(name, "wants a second factor (mfa_serial), which a server cannot give");
  }
  if (profile.Has("web_identity_token_file")) {
    return FetchWithTokenFile(*services_.sts, std::string(profile.Get("web_identity_token_file")),
                              request);
  }
  auto source = FromSource(profiles, name, way);
  if (!source) {
    // What its source lacks is no reason to look for other credentials.
    if (source.error().kind == ErrorKind::kNotFound)
      source.error().kind = ErrorKind::kPermissionDenied;
    return Fail(source.error().At("profile '" + name + "'"));
  }
  const AwsKeys as([&source] { return source; }, *here_.clock);
  return services_.sts->AssumeRole(as, request);
}

}  // namespace

KeySourcePtr MakeProfileKeys(ProfileChoice choice, ProfileServices services,
                             const Surroundings& here) {
  return std::make_shared<const ProfileKeys>(std::move(choice), std::move(services), here);
}

}  // namespace sluice::storage
