// The algorithms of JSON Web Signatures (RFC 7518, RFC 8037) that this program signs and verifies
// by. Those that share a secret (HS256 …) and `none` are not among them.
#pragma once

#include <openssl/evp.h>

#include <string_view>

namespace sluice::oauth {

struct SignatureAlgorithm {
  std::string_view name;
  std::string_view wants;  ///< The key, in messages.
  int key_type;
  const EVP_MD* (*digest)();  ///< Null: of the message itself.
  int padding = 0;            ///< Of RSA.
  int curve = 0;              ///< Of ECDSA.
  int coordinate_bytes = 0;   ///< Of a signature's two halves.
};

/// Names are compared with their case. Null for any other.
const SignatureAlgorithm* FindSignatureAlgorithm(std::string_view name);

/// What FindSignatureAlgorithm finds, for messages.
inline constexpr std::string_view kSignatureAlgorithms =
    "RS256, PS256, ES256, each also with 384 and 512, ES256K and EdDSA";

/// Whether the key, private or public, is of the type and curve that `algorithm` wants.
bool KeyFits(const EVP_PKEY* key, const SignatureAlgorithm& algorithm);

}  // namespace sluice::oauth
