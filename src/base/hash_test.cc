#include "base/hash.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"

namespace sluice {
namespace {

TEST(Sha256, Vectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, InPiecesAndFromACopy) {
  Sha256State begun;
  begun.Add(std::string(70, 'p'));
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 200U}) {
    Sha256State state = begun;
    state.Add(std::string(size, 'x')).Add("end");
    const auto expected = Sha256(std::string(70, 'p') + std::string(size, 'x') + "end");
    EXPECT_EQ(state.Digest(), expected) << size;
    EXPECT_EQ(state.Digest(), expected) << "a second time";
  }
  EXPECT_EQ(Sha256State().Digest(), Sha256(""));
}

TEST(Sha256, TheRestMayHaveAnyLength) {
  std::string text(4000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 131 % 251);
  const std::string_view all = text;
  for (const std::size_t begun : {0U, 1U, 16U, 63U, 64U, 65U, 127U, 300U}) {
    Sha256State state;
    state.Add(all.substr(0, begun));
    for (std::size_t size = 0; size < 3500; size += size < 140 || size % 1024 < 4 ? 1 : 7) {
      const std::string_view rest = all.substr(begun, size);
      const std::string_view half = rest.substr(0, size / 3);
      const auto digest = state.Digest({half, rest.substr(half.size())});
      ASSERT_EQ(digest, Sha256(all.substr(0, begun + size))) << begun << " and " << size;
    }
    EXPECT_EQ(state.Digest(), Sha256(all.substr(0, begun)));
  }
}

TEST(Sha256, HexDigitsAreThoseOfTheText) {
  const auto digits = HexDigits(Sha256("abc"));
  EXPECT_EQ(std::string_view(digits.data(), digits.size()), Sha256Hex("abc"));
}

TEST(Md5, Vectors) {
  EXPECT_EQ(Md5Hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5Hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Md5Hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
}

struct HmacVector {
  std::string key;
  std::string message;
  std::string digest;
};

/// RFC 4231, section 4, but for the truncated case 5.
const HmacVector kRfc4231[] = {
    {std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
     "\x18\x19",
     std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {std::string(131, '\xaa'),
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

TEST(Hmac, VectorsOfRfc4231) {
  for (const auto& vector : kRfc4231) {
    const HmacKey key(vector.key);
    EXPECT_EQ(HexEncode(AsView(key.Sign(vector.message))), vector.digest);
    EXPECT_EQ(HexEncode(AsView(key.Sign(vector.message))), vector.digest) << "second use";
  }
}

TEST(Hmac, CopiesSignAlikeAndOutliveTheFirst) {
  auto first = std::make_unique<HmacKey>("Jefe");
  const HmacKey copy = *first;
  first.reset();
  EXPECT_EQ(HexEncode(AsView(copy.Sign(kRfc4231[1].message))), kRfc4231[1].digest);
}

TEST(Hmac, AfterAPrefixOfAnyLength) {
  const HmacKey key("Jefe");
  const std::string message(200, 'm');
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 200U}) {
    const std::string_view text = message;
    EXPECT_EQ(key.After(text.substr(0, size)).Sign(text.substr(size)), key.Sign(text)) << size;
  }
  EXPECT_EQ(key.After("a").After("b").Sign("c"), key.Sign("abc"));
}

TEST(Hmac, KeysOfAndBeyondABlock) {
  EXPECT_EQ(HmacKey(std::string(64, 'k')).Sign("m"), HmacKey(std::string(64, 'k')).Sign("m"));
  EXPECT_EQ(HmacKey(std::string(65, 'k')).Sign("m"),
            HmacKey(AsView(Sha256(std::string(65, 'k')))).Sign("m"));
  EXPECT_EQ(HmacKey("k").Sign("m"), HmacKey(std::string("k\0\0", 3)).Sign("m"));
  EXPECT_NE(HmacKey("k").Sign("m"), HmacKey("l").Sign("m"));
}

TEST(RandomBytes, AreOfTheSizeAndNotTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string bytes = RandomBytes(16);
    EXPECT_EQ(bytes.size(), 16U);
    EXPECT_TRUE(seen.insert(bytes).second);
  }
  EXPECT_EQ(RandomBytes(0), "");
}

TEST(ConstantTimeEqual, ComparesAll) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("token", "token"));
  EXPECT_FALSE(ConstantTimeEqual("token", "tokem"));
  EXPECT_FALSE(ConstantTimeEqual("token", "Token"));
  EXPECT_FALSE(ConstantTimeEqual("token", "tokens"));
  EXPECT_FALSE(ConstantTimeEqual("", "t"));
  EXPECT_FALSE(ConstantTimeEqual(std::string("a\0b", 3), std::string("a\0c", 3)));
}

}  // namespace
}  // namespace sluice
