#include "storage/gcs/gcs_urls.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

/// What all URLs of one scope have in common, wherever they lie.
struct V4Common {
  std::string origin;      ///< scheme://host[:port]
  std::string base_path;   ///< Of the endpoint; mostly empty.
  std::string query;       ///< "?X-Goog-…&X-Goog-Signature="; empty: unsigned.
  std::string after_path;  ///< Of the canonical request, from the query on.
  std::shared_ptr<const V4Signature> signature;  ///< Null: unsigned.
  bool waits = false;
};

/// "20190201T090000Z"
std::string BasicTime(std::int64_t seconds) {
  std::string out;
  for (const char c : FormatTimestamp(seconds * 1000).substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + "Z";
}

class GcsUrlSigner final : public UrlSigner {
 public:
  GcsUrlSigner(SigningScope scope, std::shared_ptr<const V4Common> common, Location own)
      : UrlSigner(std::move(scope)),
        common_(std::move(common)),
        own_(std::move(own)),
        ready_(Prepare()) {}

  Status AppendUrl(std::string_view key, std::string* out) const override {
    SLUICE_RETURN_IF_ERROR(CheckKey(key));
    if (!ready_) return ready_;
    const std::size_t used = out->size();
    out->append(before_key_);
    const std::size_t name = out->size();
    AppendPercentEncoded(key, true, out);
    if (common_->signature == nullptr) {
      out->append(common_->query);
      return {};
    }
    const std::array<char, 64> digest =
        HexDigits(request_.Digest({std::string_view(*out).substr(name), common_->after_path}));
    out->append(common_->query);
    auto done = common_->signature->Append({digest.data(), digest.size()}, out);
    if (!done) out->resize(used);
    return done;
  }

  bool waits() const override { return common_->waits; }

  std::unique_ptr<const UrlSigner> AtRoot(std::string root) const override {
    SigningScope other = scope();
    other.root = std::move(root);
    return std::make_unique<const GcsUrlSigner>(std::move(other), common_, own_);
  }

 private:
  Status Prepare() {
    Location place = own_;
    if (!scope().root.empty()) {
      SLUICE_TRY(place, ParseLocation(scope().root));
      if (place.kind != StoreKind::kGcs) {
        return Fail(ErrorKind::kUnsupported, "'{}' is not in Google Cloud Storage", scope().root);
      }
    }
    std::string path = common_->base_path + "/" + place.bucket + "/";
    AppendPercentEncoded(FolderPrefix(place.folder), true, &path);
    before_key_ = common_->origin + path;
    request_.Add("GET\n").Add(path);
    return {};
  }

  const std::shared_ptr<const V4Common> common_;
  const Location own_;
  std::string before_key_;  ///< Of the URL.
  Sha256State request_;     ///< Of the canonical request, as far as all keys share it.
  const Status ready_;
};

class GcsUrls final : public UrlSource {
 public:
  GcsUrls(GcsUrlOptions options, Location location, const Clock& clock)
      : options_(std::move(options)), location_(std::move(location)), clock_(clock) {
    if (auto uri = ParseUri(options_.endpoint)) {
      // Clients leave the scheme's own port out of the Host header, which is signed.
      if (uri->port == (uri->scheme == "https" ? 443 : 80)) uri->port = -1;
      origin_ = uri->Origin();
      base_path_ = uri->path;
    }
  }

  Result<std::unique_ptr<const UrlSigner>> SignerFor(SigningScope scope) const override {
    auto common = std::make_shared<V4Common>();
    common->origin = origin_;
    common->base_path = base_path_;
    if (options_.unsigned_urls) {
      if (!options_.user_project.empty()) common->query = "?" + Project();
    } else {
      SLUICE_RETURN_IF_ERROR(Sign(&scope, common.get()));
    }
    return std::make_unique<const GcsUrlSigner>(std::move(scope), std::move(common), location_);
  }

 private:
  std::string Project() const { return "userProject=" + PercentEncode(options_.user_project); }

  Status Sign(SigningScope* scope, V4Common* common) const {
    if (options_.key == nullptr) {
      return Fail(
          ErrorKind::kUnsupported,
          "{}: the credentials of a person or of an outside identity cannot sign URLs; give "
          "impersonateServiceAccount, or hmacKeyId and hmacSecret",
          location_.Text());
    }
    const V4Key& key = *options_.key;
    common->waits = key.waits();
    const std::int64_t now_s = clock_.NowMillis() / 1000;
    const std::int64_t seconds =
        std::min(scope->expires_at_ms / 1000 - now_s, key.LongestMs() / 1000);
    if (seconds < 1) {
      return Fail(ErrorKind::kInvalidArgument, "{}: the URLs would have ended already",
                  location_.Text());
    }
    auto id = key.Id();
    if (!id) return Fail(id.error().At(location_.Text()));
    scope->expires_at_ms = (now_s + seconds) * 1000;

    const std::string time = BasicTime(now_s);
    const std::string date = time.substr(0, 8);
    const std::string day = V4Scope(date);
    // In the order of their names.
    std::string query = fmt::format(
        "X-Goog-Algorithm={}&X-Goog-Credential={}&X-Goog-Date={}&X-Goog-Expires={}"
        "&X-Goog-SignedHeaders=host",
        key.Algorithm(), PercentEncode(*id + "/" + day), time, seconds);
    if (!options_.user_project.empty()) query += "&" + Project();
    const std::string host = origin_.substr(origin_.find("://") + 3);
    common->query = "?" + query + "&X-Goog-Signature=";
    common->after_path = fmt::format("\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", query, host);
    common->signature = key.Begin(date, fmt::format("{}\n{}\n{}\n", key.Algorithm(), time, day));
    return {};
  }

  const GcsUrlOptions options_;
  const Location location_;
  const Clock& clock_;
  std::string origin_;
  std::string base_path_;
};

}  // namespace

std::shared_ptr<const UrlSource> MakeGcsUrls(GcsUrlOptions options, Location location,
                                             const Clock& clock) {
  return std::make_shared<const GcsUrls>(std::move(options), std::move(location), clock);
}

}  // namespace sluice::storage
