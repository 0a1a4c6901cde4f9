#include "storage/gcs/v4_key.h"

#include <utility>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::string_view kRsaAlgorithm = "GOOG4-RSA-SHA256";

class HmacSignature final : public V4Signature {
 public:
  explicit HmacSignature(HmacKey key) : key_(std::move(key)) {}
  Status Append(std::string_view digest_hex, std::string* out) const override {
    AppendHex(AsView(key_.Sign(digest_hex)), out);
    return {};
  }

 private:
  const HmacKey key_;
};

class HmacV4Key final : public V4Key {
 public:
  explicit HmacV4Key(const GcsOptions& options)
      : id_(options.hmac_key_id), secret_("GOOG4" + options.hmac_secret) {}

  std::string_view Algorithm() const override { return "GOOG4-HMAC-SHA256"; }
  Result<std::string> Id() const override { return id_; }
  std::int64_t LongestMs() const override { return 7 * 24 * kHourMs; }
  std::shared_ptr<const V4Signature> Begin(std::string_view date,
                                           std::string before_digest) const override {
    Sha256Digest key = secret_.Sign(date);
    for (const char* part : {"auto", "storage", "goog4_request"}) {
      key = HmacKey(AsView(key)).Sign(part);
    }
    return std::make_shared<const HmacSignature>(HmacKey(AsView(key)).After(before_digest));
  }

 private:
  const std::string id_;
  const HmacKey secret_;
};

/// `sign` makes a signature of RSA with SHA-256.
template <typename Sign>
class RsaSignature final : public V4Signature {
 public:
  RsaSignature(Sign sign, std::string before_digest)
      : sign_(std::move(sign)), before_digest_(std::move(before_digest)) {}
  Status Append(std::string_view digest_hex, std::string* out) const override {
    std::string text = before_digest_;
    text.append(digest_hex);
    SLUICE_TRY(const auto signature, sign_(text));
    AppendHex(signature, out);
    return {};
  }

 private:
  const Sign sign_;
  const std::string before_digest_;
};

template <typename Sign>
std::shared_ptr<const V4Signature> MakeRsaSignature(Sign sign, std::string before_digest) {
  return std::make_shared<const RsaSignature<Sign>>(std::move(sign), std::move(before_digest));
}

class ServiceAccountV4Key final : public V4Key {
 public:
  explicit ServiceAccountV4Key(const ServiceAccountKey& account)
      : email_(account.email), key_(account.key) {}

  std::string_view Algorithm() const override { return kRsaAlgorithm; }
  Result<std::string> Id() const override { return email_; }
  std::int64_t LongestMs() const override { return 7 * 24 * kHourMs; }
  std::shared_ptr<const V4Signature> Begin(std::string_view /*date*/,
                                           std::string before_digest) const override {
    return MakeRsaSignature([key = key_](std::string_view text) { return key->Sign(text); },
                            std::move(before_digest));
  }

 private:
  const std::string email_;
  const std::shared_ptr<const oauth::SigningKey> key_;
};

class IamV4Key final : public V4Key {
 public:
  explicit IamV4Key(std::shared_ptr<const IamAccount> account) : account_(std::move(account)) {}

  std::string_view Algorithm() const override { return kRsaAlgorithm; }
  Result<std::string> Id() const override { return account_->Email(); }
  bool waits() const override { return true; }
  /// Google may change the key that it keeps after that.
  std::int64_t LongestMs() const override { return 12 * kHourMs; }
  std::shared_ptr<const V4Signature> Begin(std::string_view /*date*/,
                                           std::string before_digest) const override {
    return MakeRsaSignature(
        [account = account_](std::string_view text) { return account->SignBlob(text); },
        std::move(before_digest));
  }

 private:
  const std::shared_ptr<const IamAccount> account_;
};

}  // namespace

std::shared_ptr<const V4Key> MakeV4Key(const GcsOptions& options, const GcsIdentity& identity) {
  if (!options.hmac_key_id.empty()) return std::make_shared<const HmacV4Key>(options);
  if (identity.key) return std::make_shared<const ServiceAccountV4Key>(*identity.key);
  if (identity.account != nullptr) return std::make_shared<const IamV4Key>(identity.account);
  return nullptr;
}

std::string V4Scope(std::string_view date) {
  return std::string(date) + "/auto/storage/goog4_request";
}

}  // namespace sluice::storage
