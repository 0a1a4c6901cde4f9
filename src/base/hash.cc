#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/encoding.h"

namespace sluice {

// The low-level digests are deprecated, but only their state can be copied without an allocation,
// and the others fetch an algorithm by name at each call: these are paid once a file of an answer.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace {

/// The rest of a text, put together in whole blocks, its padding included: a call costs OpenSSL as
/// much as part of a block, and its fastest code takes blocks by twos.
class Rest {
 public:
  explicit Rest(const SHA256_CTX& begun)
      : state_(begun),
        bits_((std::uint64_t{begun.Nh} << 32) | begun.Nl),
        size_(std::exchange(state_.num, 0)) {
    std::memcpy(text_.data(), begun.data, size_);
  }

  void Add(std::string_view text) {
    bits_ += std::uint64_t{text.size()} * 8;
    while (text.size() > kRoom - size_) {
      const std::size_t fits = kRoom - size_;
      std::memcpy(text_.data() + size_, text.data(), fits);
      text.remove_prefix(fits);
      SHA256_Update(&state_, text_.data(), kRoom);
      size_ = 0;
    }
    std::memcpy(text_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }

  /// Once, after all was added.
  Sha256Digest Digest() {
    constexpr std::size_t kLength = 8;  // Of the bits, at the end of the last block.
    text_[size_++] = 0x80;
    const std::size_t end = (size_ + kLength + SHA256_CBLOCK - 1) / SHA256_CBLOCK * SHA256_CBLOCK;
    std::memset(text_.data() + size_, 0, end - size_ - kLength);
    PutBigEndian(bits_, text_.data() + end - kLength);
    SHA256_Update(&state_, text_.data(), end);
    Sha256Digest digest;
    for (std::size_t i = 0; i < std::size(state_.h); ++i) {
      PutBigEndian(state_.h[i], digest.data() + i * sizeof(state_.h[i]));
    }
    return digest;
  }

 private:
  static constexpr std::size_t kRoom = 16 * SHA256_CBLOCK;

  template <typename Number>
  static void PutBigEndian(Number number, unsigned char* to) {
    for (std::size_t i = 0; i < sizeof(number); ++i) {
      to[i] = static_cast<unsigned char>(number >> (8 * (sizeof(number) - 1 - i)));
    }
  }

  SHA256_CTX state_;
  std::uint64_t bits_;  ///< Of the whole text.
  std::size_t size_;    ///< Of what waits in `text_`.
  std::array<unsigned char, kRoom + SHA256_CBLOCK> text_;
};

}  // namespace

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
  Rest inner(states_->inner);
  inner.Add(message);
  const Sha256Digest digest = inner.Digest();
  Rest outer(states_->outer);
  outer.Add(AsView(digest));
  return outer.Digest();
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

Sha256Digest Sha256State::Digest(std::initializer_list<std::string_view> rest) const {
  SHA256_CTX state;
  std::memcpy(&state, state_.data(), sizeof(state));
  Rest text(state);
  for (const std::string_view part : rest) text.Add(part);
  return text.Digest();
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
