// Keys for tests, made for the run, and tokens taken apart.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/uri.h"
#include "oauth/signing_key.h"

namespace sluice::oauth {

/// In PEM.
struct TestKey {
  /// Of RSA, the same each time.
  static const TestKey& Get() {
    static const TestKey key = Rsa();
    return key;
  }
  static TestKey Rsa(unsigned bits = 2048) { return TestKey(EVP_RSA_gen(bits)); }
  static TestKey OnCurve(const char* name) { return TestKey(EVP_EC_gen(name)); }
  static TestKey Ed25519() { return TestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  std::string private_pem;
  std::string public_pem;

 private:
  explicit TestKey(EVP_PKEY* key) {
    BIO* const out = BIO_new(BIO_s_mem());
    const auto take = [&](std::string* to) {
      char* data = nullptr;
      const long size = BIO_get_mem_data(out, &data);
      to->assign(data, static_cast<std::size_t>(size));
      BIO_reset(out);
    };
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    take(&private_pem);
    PEM_write_bio_PUBKEY(out, key);
    take(&public_pem);
    BIO_free(out);
    EVP_PKEY_free(key);
  }
};

struct TestSignature {
  const EVP_MD* digest = EVP_sha256();
  bool pss = false;
};

/// Whether `signature` is that of `text`, as OpenSSL sees it.
inline bool Verifies(std::string_view public_pem, std::string_view text, std::string_view signature,
                     const TestSignature& kind = {}) {
  BIO* const in = BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  bool good = EVP_DigestVerifyInit(context, &parameters, kind.digest, nullptr, key) == 1;
  if (kind.pss) {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
  }
  good = good &&
         EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

/// The three parts of a token; what is signed is `signed_text`.
struct TestJwt {
  explicit TestJwt(const std::string& token) {
    const auto last = token.rfind('.');
    const auto first = token.find('.');
    signed_text = token.substr(0, last);
    header = Base64UrlDecode(token.substr(0, first)).value();
    claims = Base64UrlDecode(token.substr(first + 1, last - first - 1)).value();
    signature = Base64UrlDecode(token.substr(last + 1)).value();
  }
  std::string header;
  std::string claims;
  std::string signed_text;
  std::string signature;
};

/// A number of a key, or its point's bytes, in base64url.
inline std::string NumberOfKey(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &number), 1) << name;
  // Coordinates have the length of the curve.
  const bool of_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  const int size = of_rsa ? BN_num_bytes(number) : (EVP_PKEY_get_bits(key) + 7) / 8;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size);
  BN_free(number);
  return Base64UrlEncode(bytes);
}

/// The public key as issuers publish it; `curve` as a JWK names it, `more` such as
/// R"("use":"sig")".
inline std::string JwkOf(const TestKey& pair, const std::string& key_id,
                         const std::string& curve = {}, const std::string& more = {}) {
  BIO* const in = BIO_new_mem_buf(pair.public_pem.data(), static_cast<int>(pair.public_pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  std::string out = "{";
  if (!key_id.empty()) out += R"("kid":")" + key_id + R"(",)";
  if (!more.empty()) out += more + ",";
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    out += R"("kty":"RSA","n":")" + NumberOfKey(key, "n") + R"(","e":")" + NumberOfKey(key, "e");
  } else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
    out += R"("kty":"EC","crv":")" + curve + R"(","x":")" + NumberOfKey(key, "qx") + R"(","y":")" +
           NumberOfKey(key, "qy");
  } else {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size);
    out += R"("kty":"OKP","crv":"Ed25519","x":")" + Base64UrlEncode(raw);
  }
  EVP_PKEY_free(key);
  return out + "\"}";
}

/// A token of a header and claims as they are given, in JSON or not.
inline std::string SignedToken(const std::string& header, const std::string& claims,
                               const SigningKey& key) {
  const std::string text = Base64UrlEncode(header) + "." + Base64UrlEncode(claims);
  return text + "." + Base64UrlEncode(key.Sign(text).value());
}

/// The fields of a body of application/x-www-form-urlencoded.
inline std::map<std::string, std::string> FormOf(const std::string& body) {
  std::map<std::string, std::string> out;
  std::istringstream items(body);
  for (std::string item; std::getline(items, item, '&');) {
    const auto equals = std::min(item.find('='), item.size());
    const auto value = PercentDecode(item.substr(std::min(equals + 1, item.size())));
    out[item.substr(0, equals)] = value.value_or("not encoded");
  }
  return out;
}

}  // namespace sluice::oauth
