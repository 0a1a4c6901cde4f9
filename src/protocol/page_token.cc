#include "protocol/page_token.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice::protocol {
namespace {

constexpr std::uint8_t kFormatVersion = 1;
constexpr std::size_t kMaxPosition = 1024;
constexpr std::size_t kDigestSize = std::tuple_size_v<Sha256Digest>;
/// Version, kind, expiry and length of the position.
constexpr std::size_t kHeadSize = 1 + 1 + 8 + 2;
/// Keeps a signature from being one of anything else made with the same key.
constexpr std::string_view kPurpose = "sluice page token\n";

void AppendBigEndian(std::uint64_t value, int bytes, std::string* out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

std::uint64_t ReadBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

Sha256Digest SignRecord(std::string_view record, const HmacKey& key) {
  std::string message(kPurpose);
  message += record;
  return key.Sign(message);
}

bool IsSigned(std::string_view record, std::string_view signature, std::span<const HmacKey> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const HmacKey& key) {
    return ConstantTimeEqual(AsView(SignRecord(record, key)), signature);
  });
}

tl::unexpected<Error> Foreign(const TokenCheck& check) {
  return Fail(ErrorKind::kInvalidArgument,
              "the {} does not belong to this request: send it unchanged, with the parameters of "
              "the request that it came from",
              check.name);
}

}  // namespace

std::string SealPageToken(const PageToken& token, const HmacKey& key) {
  std::string record;
  record.push_back(static_cast<char>(kFormatVersion));
  record.push_back(static_cast<char>(token.kind));
  AppendBigEndian(static_cast<std::uint64_t>(token.expires_at_ms), 8, &record);
  AppendBigEndian(std::min(token.position.size(), kMaxPosition), 2, &record);
  record.append(token.position, 0, kMaxPosition);
  record.append(AsView(token.request));
  record.append(AsView(SignRecord(record, key)));
  return Base64UrlEncode(record);
}

Result<PageToken> OpenPageToken(std::string_view text, std::span<const HmacKey> keys,
                                const TokenCheck& check) {
  constexpr std::size_t kMaxText = (kHeadSize + kMaxPosition + 2 * kDigestSize) * 4 / 3 + 2;
  if (text.size() > kMaxText) return Foreign(check);
  const auto record = Base64UrlDecode(text);
  if (!record || record->size() < kHeadSize + 2 * kDigestSize) return Foreign(check);
  const std::string_view bytes = *record;
  const std::string_view signed_part = bytes.substr(0, bytes.size() - kDigestSize);
  if (!IsSigned(signed_part, bytes.substr(signed_part.size()), keys)) return Foreign(check);
  PageToken token;
  token.kind = static_cast<std::uint8_t>(bytes[1]);
  token.expires_at_ms = static_cast<std::int64_t>(ReadBigEndian(bytes.substr(2, 8)));
  const std::size_t position_size = ReadBigEndian(bytes.substr(10, 2));
  if (static_cast<std::uint8_t>(bytes[0]) != kFormatVersion || token.kind != check.kind ||
      bytes.size() != kHeadSize + position_size + 2 * kDigestSize) {
    return Foreign(check);
  }
  token.position = bytes.substr(kHeadSize, position_size);
  const std::string_view digest = bytes.substr(kHeadSize + position_size, kDigestSize);
  if (digest != AsView(check.request)) return Foreign(check);
  token.request = check.request;
  if (check.now_ms >= token.expires_at_ms) {
    return Fail(ErrorKind::kInvalidArgument, "the {} has expired: start again without it",
                check.name);
  }
  return token;
}

}  // namespace sluice::protocol
