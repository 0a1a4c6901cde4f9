#include "oauth/signature_algorithm.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <iterator>

namespace sluice::oauth {
namespace {

constexpr std::string_view kRsa = "an RSA key";

const SignatureAlgorithm kAlgorithms[] = {
    {"RS256", kRsa, EVP_PKEY_RSA, EVP_sha256, RSA_PKCS1_PADDING},
    {"RS384", kRsa, EVP_PKEY_RSA, EVP_sha384, RSA_PKCS1_PADDING},
    {"RS512", kRsa, EVP_PKEY_RSA, EVP_sha512, RSA_PKCS1_PADDING},
    {"PS256", kRsa, EVP_PKEY_RSA, EVP_sha256, RSA_PKCS1_PSS_PADDING},
    {"PS384", kRsa, EVP_PKEY_RSA, EVP_sha384, RSA_PKCS1_PSS_PADDING},
    {"PS512", kRsa, EVP_PKEY_RSA, EVP_sha512, RSA_PKCS1_PSS_PADDING},
    {"ES256", "a key on the curve P-256", EVP_PKEY_EC, EVP_sha256, 0, NID_X9_62_prime256v1, 32},
    {"ES384", "a key on the curve P-384", EVP_PKEY_EC, EVP_sha384, 0, NID_secp384r1, 48},
    {"ES512", "a key on the curve P-521", EVP_PKEY_EC, EVP_sha512, 0, NID_secp521r1, 66},
    {"ES256K", "a key on the curve secp256k1", EVP_PKEY_EC, EVP_sha256, 0, NID_secp256k1, 32},
    {"EdDSA", "an Ed25519 key", EVP_PKEY_ED25519, nullptr},
};

}  // namespace

const SignatureAlgorithm* FindSignatureAlgorithm(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                   [&](const SignatureAlgorithm& known) { return known.name == name; });
  return found == std::end(kAlgorithms) ? nullptr : found;
}

bool KeyFits(const EVP_PKEY* key, const SignatureAlgorithm& algorithm) {
  if (EVP_PKEY_get_base_id(key) != algorithm.key_type) return false;
  if (algorithm.curve == 0) return true;
  char curve[64] = "";
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, curve, sizeof(curve), &size) == 1 &&
         OBJ_txt2nid(curve) == algorithm.curve;
}

}  // namespace sluice::oauth
