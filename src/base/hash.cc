#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/encoding.h"

namespace sluice {

// The low-level SHA-256 interface is deprecated but the only one whose state can be copied without
// an allocation; the HMAC path below is paid once a signed URL.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

struct HmacKey::States {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

HmacKey::HmacKey(std::string_view key) {
  std::array<unsigned char, SHA256_CBLOCK> block{};
  const Sha256Digest hashed = Sha256(key);
  const std::string_view used = key.size() > block.size() ? AsView(hashed) : key;
  std::memcpy(block.data(), used.data(), used.size());
  auto states = std::make_shared<States>();
  const auto absorb = [&](unsigned char pad, SHA256_CTX* state) {
    std::array<unsigned char, SHA256_CBLOCK> padded{};
    for (std::size_t i = 0; i < block.size(); ++i) padded[i] = block[i] ^ pad;
    SHA256_Init(state);
    SHA256_Update(state, padded.data(), padded.size());
    OPENSSL_cleanse(padded.data(), padded.size());
  };
  absorb(0x36, &states->inner);
  absorb(0x5C, &states->outer);
  OPENSSL_cleanse(block.data(), block.size());
  states_ = std::move(states);
}

Sha256Digest HmacKey::Sign(std::string_view message) const {
  Sha256Digest digest;
  SHA256_CTX state = states_->inner;
  SHA256_Update(&state, message.data(), message.size());
  SHA256_Final(digest.data(), &state);
  state = states_->outer;
  SHA256_Update(&state, digest.data(), digest.size());
  SHA256_Final(digest.data(), &state);
  return digest;
}

#pragma GCC diagnostic pop

Sha256Digest Sha256(std::string_view data) {
  Sha256Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data());
  return digest;
}

std::string Sha256Hex(std::string_view data) { return HexEncode(AsView(Sha256(data))); }

std::string Md5Hex(std::string_view data) {
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  std::array<unsigned char, 16> digest{};
  unsigned int size = 0;
  if (md5 == nullptr ||
      EVP_Digest(data.data(), data.size(), digest.data(), &size, md5, nullptr) != 1) {
    throw std::runtime_error("OpenSSL offers no MD5");
  }
  return HexEncode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string RandomBytes(std::size_t size) {
  std::string out(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) != 1) {
    throw std::runtime_error("the operating system gives no random bytes");
  }
  return out;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sluice
