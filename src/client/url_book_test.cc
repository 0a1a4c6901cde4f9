#include "client/url_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::client {
namespace {

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::int64_t now = 1'000'000;
};

class UrlBookTest : public testing::Test {
 protected:
  protocol::File File(std::optional<std::int64_t> lifetime_ms) const {
    protocol::File file;
    file.id = "f";
    file.url = fmt::format("https://store/{}", listings_);
    if (lifetime_ms) file.expires_at_ms = clock_.now + *lifetime_ms;
    return file;
  }
  std::string Fresh() { return book_.GetFresh("f").value().data; }

  SetClock clock_;
  int listings_ = 0;
  bool fails_ = false;
  std::optional<std::int64_t> lifetime_ms_ = 3'600'000;
  UrlBook book_{[this](const UrlBook::FileSink& sink) -> Status {
                  ++listings_;
                  if (fails_) return Fail(ErrorKind::kUnavailable, "away");
                  return sink(File(lifetime_ms_));
                },
                clock_};
};

TEST_F(UrlBookTest, UrlsAreRenewedBeforeTheyExpire) {
  book_.Add(File(lifetime_ms_));
  clock_.now += 2'600'000;
  EXPECT_EQ(Fresh(), "https://store/0");
  clock_.now += 200'000;
  EXPECT_EQ(Fresh(), "https://store/1");
  EXPECT_EQ(Fresh(), "https://store/1");
  clock_.now += 2'800'000;
  EXPECT_EQ(Fresh(), "https://store/2");
}

TEST_F(UrlBookTest, WhereThatFailsTheOldOnesServeAndNobodyAsksAgain) {
  book_.Add(File(lifetime_ms_));
  fails_ = true;
  clock_.now += 3'000'000;
  EXPECT_EQ(Fresh(), "https://store/0");
  EXPECT_EQ(Fresh(), "https://store/0");
  EXPECT_EQ(listings_, 1);
  fails_ = false;
  EXPECT_EQ(book_.Renew("f", 0).value().data, "https://store/2") << "once they are refused";
}

TEST_F(UrlBookTest, TimesThatTellNothingAreLeftAlone) {
  for (const std::optional<std::int64_t> lifetime :
       {std::optional<std::int64_t>(), std::optional<std::int64_t>(-5'000'000),
        std::optional<std::int64_t>(50'000)}) {
    book_.Add(File(lifetime));
    clock_.now += 100'000'000;
    EXPECT_EQ(Fresh(), "https://store/0");
    book_.Remove("f");
  }
  protocol::File file = File(0);
  file.expires_at_ms = std::numeric_limits<std::int64_t>::max();
  book_.Add(file);
  EXPECT_EQ(Fresh(), "https://store/0");
  EXPECT_EQ(listings_, 0);
}

}  // namespace
}  // namespace sluice::client
