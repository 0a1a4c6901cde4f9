#include "storage/gcs/rsa_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/hash.h"

namespace sluice::storage {
namespace {

constexpr int kFewestBits = 1024;
constexpr int kMostBits = 8192;

/// Without one, OpenSSL would ask for a passphrase at the terminal.
int NoPassphrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

bool Prepare(EVP_PKEY_CTX* context) {
  return EVP_PKEY_sign_init(context) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
}

}  // namespace

Result<std::shared_ptr<const RsaKey>> RsaKey::FromPem(std::string_view pem) {
  BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, NoPassphrase, nullptr);
  BIO_free(in);
  ERR_clear_error();
  if (key == nullptr) {
    return Fail(ErrorKind::kInvalidArgument, "no private key in PEM without a passphrase");
  }
  std::shared_ptr<const RsaKey> out(new RsaKey(key));
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < kFewestBits ||
      EVP_PKEY_get_bits(key) > kMostBits) {
    return Fail(ErrorKind::kInvalidArgument, "no RSA key of {} to {} bits", kFewestBits, kMostBits);
  }
  return out;
}

RsaKey::~RsaKey() {
  for (EVP_PKEY_CTX* const context : idle_) EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key_);
}

EVP_PKEY_CTX* RsaKey::TakeContext() const {
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

Result<std::string> RsaKey::Sign(std::string_view message) const {
  const Sha256Digest digest = Sha256(message);
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_)), '\0');
  std::size_t size = signature.size();
  EVP_PKEY_CTX* const context = TakeContext();
  const bool signed_it =
      context != nullptr && EVP_PKEY_sign(context, reinterpret_cast<unsigned char*>(&signature[0]),
                                          &size, digest.data(), digest.size()) == 1;
  if (!signed_it) {
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return Fail(ErrorKind::kInternal, "OpenSSL does not sign with the service account's key");
  }
  signature.resize(size);
  const std::lock_guard lock(mutex_);
  idle_.push_back(context);
  return signature;
}

}  // namespace sluice::storage
