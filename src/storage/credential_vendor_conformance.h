// What every CredentialVendor must do, as a typed suite against a running store. A test names a
// fixture type with
//
//   Location folder(), beside();  // what is vended, and a place that must stay shut; both empty
//   void Put(location, key, bytes);
//   Result<TemporaryCredentials> Vend(validity_ms, ago_ms);  // for `folder()`, so long ago
//   Ports Open(location, vendor);        // as a recipient with what `vendor` gives
//   int StatusOfWriting(method, key, credentials);  // in `folder()`
//   static constexpr bool kChecks;       // whether the store looks at credentials at all
//   static constexpr bool kEndsAtWill;   // whether Vend's `ago_ms` shifts the end
//
// and says INSTANTIATE_TYPED_TEST_SUITE_P(S3, CredentialVendorConformance, S3Credentials);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "storage/ports.h"

namespace sluice::storage {

/// Gives what it has.
class FixedVendor final : public CredentialVendor {
 public:
  explicit FixedVendor(TemporaryCredentials credentials) : credentials_(std::move(credentials)) {}
  Result<TemporaryCredentials> Vend(std::int64_t) const override { return credentials_; }

 private:
  const TemporaryCredentials credentials_;
};

template <typename Fixture>
class CredentialVendorConformance : public ::testing::Test {
 protected:
  static constexpr std::int64_t kHour = 3'600'000;

  void SetUp() override {
    fixture_.Put(fixture_.folder(), "_delta_log/0.json", "log");
    fixture_.Put(fixture_.folder(), "part 0+1%20", "inside");
    fixture_.Put(fixture_.beside(), "part 0+1%20", "beside");
    auto vended = fixture_.Vend(kHour, 0);
    ASSERT_TRUE(vended) << vended.error().message;
    credentials_ = *std::move(vended);
  }
  std::shared_ptr<const ObjectStore> Open(const Location& location) {
    return Open(location, credentials_);
  }
  std::shared_ptr<const ObjectStore> Open(const Location& location,
                                          const TemporaryCredentials& credentials) {
    return fixture_.Open(location, std::make_shared<const FixedVendor>(credentials)).objects;
  }

  Fixture fixture_;
  TemporaryCredentials credentials_;
};

TYPED_TEST_SUITE_P(CredentialVendorConformance);

TYPED_TEST_P(CredentialVendorConformance, SaysForWhatAndForHowLong) {
  EXPECT_EQ(this->credentials_.location, this->fixture_.folder().Text());
  EXPECT_EQ(this->credentials_.kind, this->fixture_.folder().kind);
  const std::int64_t end = SystemClock().NowMillis() + this->kHour;
  EXPECT_LE(this->credentials_.expires_at_ms, end + 1'000);
  EXPECT_GE(this->credentials_.expires_at_ms, end - 60'000);
}

TYPED_TEST_P(CredentialVendorConformance, OpensItsFolder) {
  const auto inside = this->Open(this->fixture_.folder());
  const auto read = inside->Read("part 0+1%20", 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "inside");
  EXPECT_EQ(inside->Stat("_delta_log/0.json")->size, 3);
  EXPECT_EQ(inside->Stat("_delta_log/1.json").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(inside->List("_delta_log/", "")->size(), 1U);
  EXPECT_EQ(inside->List("", "")->size(), 1U);
  EXPECT_EQ(inside->ListTree("")->size(), 2U);
}

TYPED_TEST_P(CredentialVendorConformance, OpensNothingElse) {
  if (!TypeParam::kChecks) GTEST_SKIP() << "the store looks at no credentials";
  const auto outside = this->Open(this->fixture_.beside());
  const auto read = outside->Read("part 0+1%20", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied) << read.error().message;
  for (const auto& [name, value] : this->credentials_.fields) {
    EXPECT_EQ(read.error().message.find(value), std::string::npos) << name;
  }
  EXPECT_FALSE(outside->Stat("part 0+1%20"));
  EXPECT_EQ(outside->List("", "").error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(outside->ListTree("").error().kind, ErrorKind::kPermissionDenied);
}

TYPED_TEST_P(CredentialVendorConformance, IsForReadingAlone) {
  if (!TypeParam::kChecks) GTEST_SKIP() << "the store looks at no credentials";
  for (const char* method : {"PUT", "DELETE"}) {
    EXPECT_EQ(this->fixture_.StatusOfWriting(method, "part 0+1%20", this->credentials_), 403)
        << method;
  }
  const auto read = this->Open(this->fixture_.folder())->Read("part 0+1%20", 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "inside");
}

TYPED_TEST_P(CredentialVendorConformance, EndsWhenItSays) {
  if (!TypeParam::kChecks) GTEST_SKIP() << "the store looks at no credentials";
  if (!TypeParam::kEndsAtWill) GTEST_SKIP() << "the store's own clock says when, in 900 s at least";
  const auto ended = this->fixture_.Vend(this->kHour, 2 * this->kHour);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_LE(ended->expires_at_ms, SystemClock().NowMillis() - this->kHour);
  const auto lasting = this->fixture_.Vend(3 * this->kHour, 2 * this->kHour);
  ASSERT_TRUE(lasting) << lasting.error().message;
  const Location folder = this->fixture_.folder();
  const auto read = this->Open(folder, *ended)->Read("part 0+1%20", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied) << read.error().message;
  EXPECT_TRUE(this->Open(folder, *lasting)->Read("part 0+1%20", 100));
}

REGISTER_TYPED_TEST_SUITE_P(CredentialVendorConformance, SaysForWhatAndForHowLong, OpensItsFolder,
                            OpensNothingElse, IsForReadingAlone, EndsWhenItSays);

}  // namespace sluice::storage
