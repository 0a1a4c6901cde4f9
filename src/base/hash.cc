#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "base/encoding.h"

namespace sluice {

// The low-level digests are deprecated, but only their state can be copied without an allocation,
// and the others fetch an algorithm by name at each call: these are paid once a file of an answer.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

struct HmacKey::States {
  States() = default;
  ~States() { OPENSSL_cleanse(this, sizeof(*this)); }
  States(const States&) = delete;
  States& operator=(const States&) = delete;

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

HmacKey HmacKey::After(std::string_view prefix) const {
  auto states = std::make_shared<States>();
  states->inner = states_->inner;
  states->outer = states_->outer;
  SHA256_Update(&states->inner, prefix.data(), prefix.size());
  return HmacKey(std::shared_ptr<const States>(std::move(states)));
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

Sha256Digest Sha256(std::string_view data) {
  Sha256Digest digest;
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, data.data(), data.size());
  SHA256_Final(digest.data(), &state);
  return digest;
}

static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8 &&
              std::is_trivially_copyable_v<SHA256_CTX>);

Sha256State::Sha256State() {
  SHA256_CTX state;
  SHA256_Init(&state);
  std::memcpy(state_.data(), &state, sizeof(state));
}

Sha256State& Sha256State::Add(std::string_view text) {
  SHA256_Update(reinterpret_cast<SHA256_CTX*>(state_.data()), text.data(), text.size());
  return *this;
}

Sha256Digest Sha256State::Digest() const {
  Sha256Digest digest;
  SHA256_CTX state;
  std::memcpy(&state, state_.data(), sizeof(state));
  SHA256_Final(digest.data(), &state);
  return digest;
}

std::string Md5Hex(std::string_view data) {
  std::array<char, MD5_DIGEST_LENGTH> digest;
  MD5(reinterpret_cast<const unsigned char*>(data.data()), data.size(),
      reinterpret_cast<unsigned char*>(digest.data()));
  return HexEncode({digest.data(), digest.size()});
}

#pragma GCC diagnostic pop

std::array<char, 64> HexDigits(const Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 64> out;
  char* to = out.data();
  for (const std::uint8_t byte : digest) {
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
  return out;
}

std::string Sha256Hex(std::string_view data) {
  return HexEncode(AsView(Sha256(data)));
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
