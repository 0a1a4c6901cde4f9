#include "oauth/signing_key.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/encoding.h"

namespace sluice::oauth {

namespace {

constexpr int kFewestBits = 1024;
constexpr int kMostBits = 8192;

/// Without one, OpenSSL would ask for a passphrase at the terminal.
int NoPassphrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

tl::unexpected<Error> DoesNotSign() {
  ERR_clear_error();
  return Fail(ErrorKind::kInternal, "OpenSSL does not sign with the private key");
}

/// The numbers of a signature side by side, which OpenSSL gives in ASN.1.
Result<std::string> SideBySide(std::string_view der, int coordinate_bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* const pair = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
  if (pair == nullptr) return DoesNotSign();
  const auto half = static_cast<std::size_t>(coordinate_bytes);
  std::string out(2 * half, '\0');
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  const bool fits =
      BN_bn2binpad(ECDSA_SIG_get0_r(pair), to, coordinate_bytes) == coordinate_bytes &&
      BN_bn2binpad(ECDSA_SIG_get0_s(pair), to + half, coordinate_bytes) == coordinate_bytes;
  ECDSA_SIG_free(pair);
  if (!fits) return DoesNotSign();
  return out;
}

}  // namespace

Result<std::shared_ptr<const SigningKey>> SigningKey::FromPem(std::string_view pem,
                                                              std::string_view algorithm) {
  const SignatureAlgorithm* const found = FindSignatureAlgorithm(algorithm);
  if (found == nullptr) {
    return Fail(ErrorKind::kUnsupported, "'{}' is no algorithm that is known here; {} are",
                Printable(algorithm, 32), kSignatureAlgorithms);
  }
  BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, NoPassphrase, nullptr);
  BIO_free(in);
  ERR_clear_error();
  if (key == nullptr) {
    return Fail(ErrorKind::kInvalidArgument, "no private key in PEM without a passphrase");
  }
  std::shared_ptr<const SigningKey> out(new SigningKey(key, *found));
  SLUICE_RETURN_IF_ERROR(out->CheckKind());
  return out;
}

Status SigningKey::CheckKind() const {
  if (!KeyFits(key_, algorithm_)) {
    return Fail(ErrorKind::kInvalidArgument, "{} signs with {}, and this is another",
                algorithm_.name, algorithm_.wants);
  }
  const int bits = EVP_PKEY_get_bits(key_);
  if (algorithm_.key_type == EVP_PKEY_RSA && (bits < kFewestBits || bits > kMostBits)) {
    return Fail(ErrorKind::kInvalidArgument, "no RSA key of {} to {} bits", kFewestBits, kMostBits);
  }
  return {};
}

SigningKey::~SigningKey() {
  for (EVP_PKEY_CTX* const context : idle_) EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key_);
}

std::string_view SigningKey::algorithm() const {
  return algorithm_.name;
}

bool SigningKey::Prepare(EVP_PKEY_CTX* context) const {
  if (EVP_PKEY_sign_init(context) != 1) return false;
  if (algorithm_.padding != 0 && EVP_PKEY_CTX_set_rsa_padding(context, algorithm_.padding) != 1) {
    return false;
  }
  if (EVP_PKEY_CTX_set_signature_md(context, algorithm_.digest()) != 1) return false;
  return algorithm_.padding != RSA_PKCS1_PSS_PADDING ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

EVP_PKEY_CTX* SigningKey::TakeContext() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      EVP_PKEY_CTX* const context = idle_.back();
      idle_.pop_back();
      return context;
    }
  }
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key_, nullptr);
  if (context != nullptr && Prepare(context)) return context;
  EVP_PKEY_CTX_free(context);
  return nullptr;
}

Result<std::string> SigningKey::SignDigest(std::string_view message) const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_size = 0;
  if (EVP_Digest(message.data(), message.size(), digest, &digest_size, algorithm_.digest(),
                 nullptr) != 1) {
    return DoesNotSign();
  }
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_)), '\0');
  std::size_t size = signature.size();
  EVP_PKEY_CTX* const context = TakeContext();
  const bool signed_it =
      context != nullptr && EVP_PKEY_sign(context, reinterpret_cast<unsigned char*>(&signature[0]),
                                          &size, digest, digest_size) == 1;
  if (!signed_it) {
    EVP_PKEY_CTX_free(context);
    return DoesNotSign();
  }
  signature.resize(size);
  const std::lock_guard lock(mutex_);
  idle_.push_back(context);
  return signature;
}

Result<std::string> SigningKey::SignWhole(std::string_view message) const {
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_)), '\0');
  std::size_t size = signature.size();
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool signed_it =
      context != nullptr && EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_) == 1 &&
      EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!signed_it) return DoesNotSign();
  signature.resize(size);
  return signature;
}

Result<std::string> SigningKey::Sign(std::string_view message) const {
  if (algorithm_.digest == nullptr) return SignWhole(message);
  SLUICE_TRY(auto signature, SignDigest(message));
  if (algorithm_.curve == 0) return signature;
  return SideBySide(signature, algorithm_.coordinate_bytes);
}

}  // namespace sluice::oauth
