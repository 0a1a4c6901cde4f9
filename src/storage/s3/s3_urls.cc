#include "storage/s3/s3_urls.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/uri.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kLongestMs = std::int64_t{7} * 86'400'000;

/// What signs, and for how long.
struct SigningState {
  std::shared_ptr<const S3Session> session;
  Location home;
  AwsKeyPtr key;  ///< Null: anonymous.
  std::shared_ptr<const SigningKey> signing;
  std::int64_t signed_at_ms = 0;
  std::int64_t valid_seconds = 0;
};

class S3Signer final : public UrlSigner {
 public:
  S3Signer(SigningScope scope, SigningState state)
      : UrlSigner(std::move(scope)), state_(std::move(state)), ready_(Prepare()) {}

  Status AppendUrl(std::string_view key, std::string* out) const override {
    SLUICE_RETURN_IF_ERROR(CheckKey(key));
    if (!ready_) return ready_;
    if (presigner_) {
      presigner_->AppendUrl(key, out);
    } else {
      out->append(plain_);
      AppendPercentEncoded(key, true, out);
    }
    return {};
  }

  std::unique_ptr<const UrlSigner> AtRoot(std::string root) const override {
    SigningScope other = scope();
    other.root = std::move(root);
    return std::make_unique<S3Signer>(std::move(other), state_);
  }

 private:
  Status Prepare() {
    Location place = state_.home;
    if (!scope().root.empty()) {
      SLUICE_TRY(place, ParseLocation(scope().root));
      if (place.kind != StoreKind::kS3) {
        return Fail(ErrorKind::kUnsupported, "'{}' is not in this S3 store", scope().root);
      }
    }
    SLUICE_TRY(auto address, AddressOf(state_.session->url_endpoint, place.bucket));
    std::string path = address.path + "/" + PercentEncode(FolderPrefix(place.folder), true);
    if (state_.key == nullptr) {
      plain_ = address.origin + path;
      return {};
    }
    presigner_.emplace(state_.key->value, *state_.signing,
                       PresignScope{std::move(address.origin), std::move(path), state_.signed_at_ms,
                                    state_.valid_seconds});
    return {};
  }

  const SigningState state_;
  std::optional<Presigner> presigner_;
  std::string plain_;
  const Status ready_;
};

class S3Urls final : public UrlSource {
 public:
  S3Urls(std::shared_ptr<const S3Session> session, Location location)
      : session_(std::move(session)), location_(std::move(location)) {}

  Result<std::unique_ptr<const UrlSigner>> SignerFor(SigningScope scope) const override {
    SigningState state;
    state.session = session_;
    state.home = location_;
    if (session_->keys != nullptr) {
      auto key = session_->keys->Get();
      if (!key) return Fail(key.error().At(location_.Text()));
      state.key = *std::move(key);
      const std::int64_t now = session_->clock.NowMillis();
      const std::int64_t ends =
          std::min({scope.expires_at_ms, state.key->expires_at_ms, now + kLongestMs});
      state.valid_seconds = (ends - now) / 1000;
      if (state.valid_seconds < 1) {
        return Fail(ErrorKind::kInvalidArgument, "{}: URLs would have to end before they begin",
                    location_.Text());
      }
      state.signed_at_ms = session_->NowMillis();
      state.signing = session_->signer.KeyFor(state.key, state.signed_at_ms);
      // Whole seconds from a whole second on.
      scope.expires_at_ms = now / 1000 * 1000 + state.valid_seconds * 1000;
    }
    return std::make_unique<S3Signer>(std::move(scope), std::move(state));
  }

 private:
  const std::shared_ptr<const S3Session> session_;
  const Location location_;
};

}  // namespace

std::shared_ptr<const UrlSource> MakeS3Urls(std::shared_ptr<const S3Session> session,
                                            Location location) {
  return std::make_shared<const S3Urls>(std::move(session), std::move(location));
}

}  // namespace sluice::storage
