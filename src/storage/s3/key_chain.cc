#include <atomic>
#include <utility>

#include "storage/s3/credentials.h"

namespace sluice::storage {
namespace {

class KeyChain final : public KeySource {
 public:
  explicit KeyChain(std::vector<KeySourcePtr> sources) : sources_(std::move(sources)) {}

  Result<Expiring<AwsKey>> Fetch() const override {
    if (const int chosen = chosen_; chosen >= 0) {
      auto fetched = sources_[chosen]->Fetch();
      // It was there before, and may be again.
      if (!fetched && fetched.error().kind == ErrorKind::kNotFound) {
        fetched.error().kind = ErrorKind::kUnavailable;
      }
      return fetched;
    }
    std::string tried;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      auto fetched = sources_[i]->Fetch();
      if (fetched || fetched.error().kind != ErrorKind::kNotFound) {
        if (fetched) chosen_ = static_cast<int>(i);
        return fetched;
      }
      tried += (tried.empty() ? "" : "; ") + fetched.error().message;
    }
    return Fail(ErrorKind::kPermissionDenied, "no AWS credentials were found: {}", tried);
  }

 private:
  const std::vector<KeySourcePtr> sources_;
  mutable std::atomic<int> chosen_{-1};
};

class FixedKey final : public KeySource {
 public:
  explicit FixedKey(AwsKey key) : key_(std::move(key)) {}
  Result<Expiring<AwsKey>> Fetch() const override { return Expiring<AwsKey>{key_}; }

 private:
  const AwsKey key_;
};

class EnvironmentKeys final : public KeySource {
 public:
  explicit EnvironmentKeys(const Surroundings& here) : here_(here) {}
  Result<Expiring<AwsKey>> Fetch() const override {
    Expiring<AwsKey> out;
    out.value = {here_.variable("AWS_ACCESS_KEY_ID"), here_.variable("AWS_SECRET_ACCESS_KEY"),
                 here_.variable("AWS_SESSION_TOKEN")};
    if (out.value.access_key_id.empty()) {
      return Fail(ErrorKind::kNotFound, "AWS_ACCESS_KEY_ID is not set");
    }
    if (out.value.secret_access_key.empty()) {
      return Fail(ErrorKind::kPermissionDenied,
                  "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    }
    return out;
  }

 private:
  const Surroundings here_;
};

}  // namespace

KeySourcePtr MakeKeyChain(std::vector<KeySourcePtr> sources) {
  return std::make_shared<const KeyChain>(std::move(sources));
}

KeySourcePtr MakeFixedKey(AwsKey key) {
  return std::make_shared<const FixedKey>(std::move(key));
}

KeySourcePtr MakeEnvironmentKeys(const Surroundings& here) {
  return std::make_shared<const EnvironmentKeys>(here);
}

std::shared_ptr<const AwsKeys> MakeAwsKeys(KeySourcePtr source, const Clock& clock) {
  return std::make_shared<const AwsKeys>([source = std::move(source)] { return source->Fetch(); },
                                         clock);
}

}  // namespace sluice::storage
