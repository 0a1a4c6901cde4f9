#include "oauth/verifying_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "json/answer.h"

namespace sluice::oauth {
namespace {

using json::TextOf;

constexpr int kFewestBits = 2048;
constexpr int kMostBits = 8192;
constexpr int kMostExponentBits = 64;
constexpr std::size_t kEd25519Bytes = 32;

struct Curve {
  std::string_view name;  ///< In a JWK.
  const char* group;      ///< To OpenSSL.
  std::size_t coordinate_bytes;
};

constexpr Curve kCurves[] = {{"P-256", "prime256v1", 32},
                             {"P-384", "secp384r1", 48},
                             {"P-521", "secp521r1", 66},
                             {"secp256k1", "secp256k1", 32}};

tl::unexpected<Error> NoKey() {
  ERR_clear_error();
  return Fail(ErrorKind::kCorrupt, "a key that is none");
}

/// Bytes in base64url; nothing where there are none, or more than any key has.
std::optional<std::string> BytesOf(const boost::json::object& jwk, std::string_view name) {
  auto bytes = Base64UrlDecode(TextOf(jwk, name));
  if (!bytes || bytes->empty() || bytes->size() > kMostBits / 8 + 1) return std::nullopt;
  return *std::move(bytes);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Null where OpenSSL takes no such key. Frees `parameters`.
EVP_PKEY* Make(const char* type, OSSL_PARAM_BLD* parameters) {
  EVP_PKEY* key = nullptr;
  OSSL_PARAM* const list = OSSL_PARAM_BLD_to_param(parameters);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
  if (list == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, list) != 1) {
    key = nullptr;
  }
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(list);
  OSSL_PARAM_BLD_free(parameters);
  return key;
}

EVP_PKEY* MakeRsa(std::string_view modulus, std::string_view exponent) {
  BIGNUM* const n = BN_bin2bn(Bytes(modulus), static_cast<int>(modulus.size()), nullptr);
  BIGNUM* const e = BN_bin2bn(Bytes(exponent), static_cast<int>(exponent.size()), nullptr);
  EVP_PKEY* key = nullptr;
  // A large exponent would make every token dear to verify.
  const bool sound = n != nullptr && e != nullptr && BN_num_bits(n) >= kFewestBits &&
                     BN_num_bits(n) <= kMostBits && BN_is_odd(n) != 0 && BN_is_odd(e) != 0 &&
                     BN_num_bits(e) > 1 && BN_num_bits(e) <= kMostExponentBits;
  if (sound) {
    OSSL_PARAM_BLD* const parameters = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(parameters, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(parameters, OSSL_PKEY_PARAM_RSA_E, e);
    key = Make("RSA", parameters);
  }
  BN_free(n);
  BN_free(e);
  return key;
}

EVP_PKEY* MakeOnCurve(const Curve& curve, std::string_view x, std::string_view y) {
  const std::string point = "\x04" + std::string(x) + std::string(y);
  OSSL_PARAM_BLD* const parameters = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(parameters, OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
  OSSL_PARAM_BLD_push_octet_string(parameters, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  EVP_PKEY* const key = Make("EC", parameters);
  if (key == nullptr) return nullptr;
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr);
  const bool sound = context != nullptr && EVP_PKEY_public_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  if (sound) return key;
  EVP_PKEY_free(key);
  return nullptr;
}

EVP_PKEY* ReadRsa(const boost::json::object& jwk) {
  const auto modulus = BytesOf(jwk, "n");
  const auto exponent = BytesOf(jwk, "e");
  return modulus && exponent ? MakeRsa(*modulus, *exponent) : nullptr;
}

EVP_PKEY* ReadOnCurve(const Curve& curve, const boost::json::object& jwk) {
  const auto x = BytesOf(jwk, "x");
  const auto y = BytesOf(jwk, "y");
  const bool whole =
      x && y && x->size() == curve.coordinate_bytes && y->size() == curve.coordinate_bytes;
  return whole ? MakeOnCurve(curve, *x, *y) : nullptr;
}

EVP_PKEY* ReadEd25519(const boost::json::object& jwk) {
  const auto x = BytesOf(jwk, "x");
  if (!x || x->size() != kEd25519Bytes) return nullptr;
  return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*x), x->size());
}

/// Numbers that stand side by side as OpenSSL wants them; nothing where they are none.
std::optional<std::string> ToDer(std::string_view pair, int coordinate_bytes) {
  if (pair.size() != 2 * static_cast<std::size_t>(coordinate_bytes)) return std::nullopt;
  ECDSA_SIG* const numbers = ECDSA_SIG_new();
  ECDSA_SIG_set0(numbers, BN_bin2bn(Bytes(pair), coordinate_bytes, nullptr),
                 BN_bin2bn(Bytes(pair) + coordinate_bytes, coordinate_bytes, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(numbers, &out);
  ECDSA_SIG_free(numbers);
  if (size <= 0) return std::nullopt;
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

bool Prepare(EVP_PKEY_CTX* context, const SignatureAlgorithm& algorithm) {
  if (algorithm.padding == 0) return true;
  if (EVP_PKEY_CTX_set_rsa_padding(context, algorithm.padding) != 1) return false;
  return algorithm.padding != RSA_PKCS1_PSS_PADDING ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

Result<VerifyingKey> VerifyingKey::FromJwk(const boost::json::object& jwk) {
  const std::string_view type = TextOf(jwk, "kty");
  const std::string_view curve = TextOf(jwk, "crv");
  EVP_PKEY* key = nullptr;
  if (type == "RSA") {
    key = ReadRsa(jwk);
  } else if (type == "EC") {
    const auto* const known = std::find_if(std::begin(kCurves), std::end(kCurves),
                                           [&](const Curve& c) { return c.name == curve; });
    if (known == std::end(kCurves)) return Fail(ErrorKind::kUnsupported, "a key on another curve");
    key = ReadOnCurve(*known, jwk);
  } else if (type == "OKP" && curve == "Ed25519") {
    key = ReadEd25519(jwk);
  } else {
    return Fail(ErrorKind::kUnsupported, "a key of another type");
  }
  if (key == nullptr) return NoKey();
  return VerifyingKey(key);
}

bool VerifyingKey::Verifies(const SignatureAlgorithm& algorithm, std::string_view text,
                            std::string_view signature) const {
  if (!Fits(algorithm)) return false;
  std::optional<std::string> der;
  if (algorithm.curve != 0) {
    der = ToDer(signature, algorithm.coordinate_bytes);
    if (!der) return false;
    signature = *der;
  }
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;  // Belongs to `context`.
  const EVP_MD* const digest = algorithm.digest == nullptr ? nullptr : algorithm.digest();
  const bool verifies =
      context != nullptr &&
      EVP_DigestVerifyInit(context, &parameters, digest, nullptr, key_.get()) == 1 &&
      Prepare(parameters, algorithm) &&
      EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!verifies) ERR_clear_error();
  return verifies;
}

}  // namespace sluice::oauth
