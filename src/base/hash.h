// Digests, keyed digests, randomness and comparison for secrets, over OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(std::string_view data);
/// Lower-case hex.
std::string Sha256Hex(std::string_view data);
/// The lower-case hex digits of a digest, without an allocation: signatures are made of them.
std::array<char, 64> HexDigits(const Sha256Digest& digest);
/// Lower-case hex. For identifiers only, never for security.
std::string Md5Hex(std::string_view data);

/// SHA-256 of text that comes in pieces. A copy goes on from where the first one is, so what many
/// texts begin with is hashed once.
class Sha256State {
 public:
  Sha256State();
  Sha256State& Add(std::string_view text);
  /// Of all that was added and of `rest` behind it, which is not added. What is given here instead
  /// of being added costs less.
  Sha256Digest Digest(std::initializer_list<std::string_view> rest = {}) const;

 private:
  alignas(8) std::array<unsigned char, 112> state_;  ///< OpenSSL's, whose size hash.cc checks.
};

/// An HMAC-SHA-256 key whose inner and outer states are computed once, so that a signature costs
/// the message and one block more. Immutable and thread-safe; copies share nothing mutable.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  /// The same key for the rest of messages that all begin with `prefix`.
  HmacKey After(std::string_view prefix) const;
  Sha256Digest Sign(std::string_view message) const;

 private:
  struct States;
  explicit HmacKey(std::shared_ptr<const States> states) : states_(std::move(states)) {}

  std::shared_ptr<const States> states_;
};

/// `size` bytes from the operating system's generator, usable as a key.
std::string RandomBytes(std::size_t size);

/// Compares in a time that depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

inline std::string_view AsView(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace sluice
