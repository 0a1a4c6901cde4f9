#include "auth/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "catalog/listed_catalog.h"
#include "catalog/recipients.h"

namespace sluice::auth {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kNow = 1'000'000;
constexpr std::string_view kToken = "the-token-of-ann";

class FixedClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return kNow; }
};

/// Recipients and nothing to see.
class RecipientsOnly : public catalog::ListedCatalog {
 public:
  RecipientsOnly() {
    Add(kToken, {"ann", std::nullopt, std::nullopt});
    Add("expired", {"eve", std::nullopt, kNow});
    Add("expiring", {"ivy", catalog::GrantsOfShares({"Sales"}), kNow + 1});
  }
  Result<catalog::Recipient> FindRecipient(std::string_view token_digest) const override {
    if (fails_) return Fail(ErrorKind::kUnavailable, "the catalog is away");
    return recipients_.Find(token_digest);
  }
  void FailFromNowOn() { fails_ = true; }
  void Add(std::string_view token, catalog::Recipient recipient) {
    EXPECT_TRUE(recipients_.Add(AsView(Sha256(token)), std::move(recipient)));
  }

 private:
  catalog::Recipients recipients_;
  bool fails_ = false;
};

class AuthenticatorTest : public testing::Test {
 protected:
  Authenticator Make(bool allow_anonymous) { return Authenticator({&clock_, allow_anonymous}); }
  std::string Refusal(std::string_view header) {
    const auto recipient = Make(false).Authenticate(*catalog_, header);
    EXPECT_FALSE(recipient) << header;
    if (recipient) return "";
    EXPECT_EQ(recipient.error().kind, ErrorKind::kUnauthenticated);
    return recipient.error().message;
  }

  FixedClock clock_;
  std::shared_ptr<RecipientsOnly> catalog_ = std::make_shared<RecipientsOnly>();
};

TEST_F(AuthenticatorTest, KnowsARecipientByItsToken) {
  for (const std::string_view scheme : {"Bearer ", "bearer ", "BEARER\t ", " Bearer   "}) {
    const auto recipient =
        Make(false).Authenticate(*catalog_, std::string(scheme) + std::string(kToken));
    ASSERT_TRUE(recipient) << recipient.error().message;
    EXPECT_EQ(recipient->name, "ann");
  }
  EXPECT_EQ(Make(false).Authenticate(*catalog_, "Bearer expiring ")->name, "ivy");
}

TEST_F(AuthenticatorTest, TellsRefusalsApart) {
  EXPECT_THAT(Refusal(""), HasSubstr("no credential"));
  EXPECT_THAT(Refusal("   "), HasSubstr("no credential"));
  EXPECT_THAT(Refusal("Basic dXNlcjpwdw=="), HasSubstr("of the form 'Bearer <token>'"));
  EXPECT_THAT(Refusal(kToken), HasSubstr("of the form 'Bearer <token>'"));
  EXPECT_THAT(Refusal("Bearer"), HasSubstr("no token after"));
  EXPECT_THAT(Refusal("Bearer  "), HasSubstr("no token after"));
  EXPECT_THAT(Refusal("Bearer a b"), HasSubstr("malformed"));
  EXPECT_THAT(Refusal("Bearer a\x01"), HasSubstr("malformed"));
  EXPECT_THAT(Refusal("Bearer " + std::string(20'000, 'x')), HasSubstr("too long"));
  EXPECT_THAT(Refusal("Bearer unknown"), HasSubstr("not known"));
  EXPECT_THAT(Refusal("Bearer The-token-of-ann"), HasSubstr("not known"));
  EXPECT_THAT(Refusal("Bearer expired"), HasSubstr("has expired"));
}

TEST_F(AuthenticatorTest, NeverRepeatsWhatItWasSent) {
  for (const std::string_view header :
       {"xyzzy", "Bearer xyzzy", "Bearer xyz zy", "Digest xyzzy", "Bearer:xyzzy"}) {
    EXPECT_THAT(Refusal(header), Not(HasSubstr("xyz"))) << header;
  }
}

TEST_F(AuthenticatorTest, LetsEverybodyInWhereThatWasConfigured) {
  for (const std::string_view header : {"", "Bearer anything", "Basic x"}) {
    const auto recipient = Make(true).Authenticate(*catalog_, header);
    ASSERT_TRUE(recipient);
    EXPECT_EQ(recipient->name, "anonymous");
    EXPECT_FALSE(recipient->grants.has_value());
  }
}

TEST_F(AuthenticatorTest, ACatalogThatIsAwayIsNoRefusal) {
  catalog_->FailFromNowOn();
  EXPECT_EQ(Make(false).Authenticate(*catalog_, "Bearer x").error().kind, ErrorKind::kUnavailable);
}

/// Takes what has a dot in it.
class Dotted : public TokenVerifier {
 public:
  bool Reads(std::string_view token) const override {
    return token.find('.') != std::string_view::npos;
  }
  Result<catalog::Recipient> Verify(std::string_view token, std::string* reason) const override {
    if (token == "good.one") return catalog::Recipient{"dot", std::nullopt, kNow + 1};
    *reason = "for the log";
    return Fail(ErrorKind::kUnauthenticated, "for all");
  }
};

TEST_F(AuthenticatorTest, LeavesSomeTokensToTheVerifierAlone) {
  catalog_->Add("known.here", {"dan", std::nullopt, std::nullopt});
  AuthenticatorOptions options{&clock_};
  EXPECT_EQ(Authenticator(options).Authenticate(*catalog_, "Bearer known.here")->name, "dan");
  options.verifier = std::make_shared<Dotted>();
  const Authenticator both(options);
  EXPECT_EQ(both.Authenticate(*catalog_, "Bearer good.one")->name, "dot");
  EXPECT_EQ(both.Authenticate(*catalog_, "Bearer " + std::string(kToken))->name, "ann");
  std::string reason;
  const auto refused = both.Authenticate(*catalog_, "Bearer known.here", &reason);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "for all");
  EXPECT_EQ(reason, "for the log");
  EXPECT_FALSE(both.Authenticate(*catalog_, "Bearer known.here"));
}

}  // namespace
}  // namespace sluice::auth
