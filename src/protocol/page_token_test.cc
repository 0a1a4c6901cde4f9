#include "protocol/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/encoding.h"

namespace sluice::protocol {
namespace {

using testing::HasSubstr;

constexpr std::uint8_t kKind = 3;
constexpr std::int64_t kNow = 1'000'000;

const HmacKey& Key() {
  static const HmacKey key("a key of the server");
  return key;
}

PageToken Sample() {
  PageToken token;
  token.kind = kKind;
  token.expires_at_ms = kNow + 1;
  token.position = std::string("after\0this", 10);
  token.request = Sha256("recipient and parameters");
  return token;
}

Result<PageToken> Open(std::string_view text) {
  return OpenPageToken(text, {&Key(), 1}, {kKind, Sample().request, kNow});
}

TEST(PageToken, ComesBackAsItWasSealed) {
  const auto token = Open(SealPageToken(Sample(), Key()));
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->position, Sample().position);
  EXPECT_EQ(token->expires_at_ms, kNow + 1);
  EXPECT_EQ(token->kind, kKind);
}

TEST(PageToken, FitsIntoAUrl) {
  for (const char c : SealPageToken(Sample(), Key())) {
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_') << c;
  }
}

TEST(PageToken, ExpiryIsToldApart) {
  const std::string text = SealPageToken(Sample(), Key());
  const auto late = OpenPageToken(text, {&Key(), 1}, {kKind, Sample().request, kNow + 1});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(late.error().message, HasSubstr("expired"));
}

TEST(PageToken, BelongsToOneKeyKindAndRequest) {
  const std::string text = SealPageToken(Sample(), Key());
  const Sha256Digest other = Sha256("other parameters");
  const HmacKey another("another");
  for (const auto& refused : {OpenPageToken(text, {&another, 1}, {kKind, Sample().request, kNow}),
                              OpenPageToken(text, {}, {kKind, Sample().request, kNow}),
                              OpenPageToken(text, {&Key(), 1}, {kKind + 1, Sample().request, kNow}),
                              OpenPageToken(text, {&Key(), 1}, {kKind, other, kNow})}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr("does not belong"));
  }
}

TEST(PageToken, AnyOfTheKeysMayHaveSignedIt) {
  const std::vector<HmacKey> keys = {HmacKey("the next"), Key()};
  for (const HmacKey& signer : keys) {
    const auto opened =
        OpenPageToken(SealPageToken(Sample(), signer), keys, {kKind, Sample().request, kNow});
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->position, Sample().position);
  }
  EXPECT_FALSE(OpenPageToken(SealPageToken(Sample(), HmacKey("a third")), keys,
                             {kKind, Sample().request, kNow}));
}

TEST(PageToken, NoChangeOfAnyCharacterIsAccepted) {
  const std::string text = SealPageToken(Sample(), Key());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Open(changed)) << i;
    EXPECT_FALSE(Open(text.substr(0, i))) << i;
  }
  EXPECT_FALSE(Open(text + "A"));
  EXPECT_FALSE(Open("not base64!"));
  EXPECT_FALSE(Open(std::string(1 << 20, 'A')));
}

TEST(PageToken, APlainHmacOfTheRecordIsNoSignature) {
  PageToken token = Sample();
  std::string record = {1, static_cast<char>(kKind)};
  record += std::string("\0\0\0\0\0\x0f\x42\x41", 8) + std::string("\0\0", 2);
  record += AsView(token.request);
  record += AsView(Key().Sign(record));
  const std::string text = Base64UrlEncode(record);
  token.position.clear();
  EXPECT_EQ(text.size(), SealPageToken(token, Key()).size());
  EXPECT_FALSE(OpenPageToken(text, {&Key(), 1}, {kKind, token.request, kNow}));
}

TEST(PageToken, HoldsPositionsUpToAKibibyte) {
  PageToken token = Sample();
  token.position = std::string(1024, 'p');
  const auto opened = Open(SealPageToken(token, Key()));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->position.size(), 1024U);
}

}  // namespace
}  // namespace sluice::protocol
