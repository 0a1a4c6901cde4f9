#include "server/http/forwarded.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

Request Sent(const std::string& from, Headers headers) {
  Request request;
  request.peer = {from, 5000, IsLoopback(*ParseIpAddress(from)), false};
  request.headers = std::move(headers);
  request.headers.emplace_back("host", "inner");
  ApplyForwarded({Network::Parse("127.0.0.0/8").value(), Network::Parse("10.0.0.0/8").value()},
                 &request);
  return request;
}

TEST(Forwarded, OfATrustedProxyIsBelieved) {
  const auto request = Sent("127.0.0.1", {{"x-forwarded-for", "203.0.113.9"},
                                          {"x-forwarded-proto", "https"},
                                          {"x-forwarded-host", "share.example.com"}});
  EXPECT_EQ(request.peer.address, "203.0.113.9");
  EXPECT_EQ(request.peer.port, 0);
  EXPECT_TRUE(request.peer.tls);
  EXPECT_FALSE(request.peer.loopback);
  EXPECT_EQ(request.Get("host"), "share.example.com");
}

TEST(Forwarded, OfAnybodyElseIsNot) {
  const auto request = Sent("198.51.100.1", {{"x-forwarded-for", "10.1.1.1"},
                                             {"x-forwarded-proto", "https"},
                                             {"x-forwarded-host", "evil"}});
  EXPECT_EQ(request.peer.address, "198.51.100.1");
  EXPECT_FALSE(request.peer.tls);
  EXPECT_EQ(request.Get("host"), "inner");
}

TEST(Forwarded, TheClientIsTheLastThatIsNoProxy) {
  const auto address = [](std::string chain) {
    return Sent("127.0.0.1", {{"x-forwarded-for", std::move(chain)}}).peer.address;
  };
  EXPECT_EQ(address("192.0.2.66, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
  EXPECT_EQ(address("203.0.113.9:4711"), "203.0.113.9");
  EXPECT_EQ(address("[2001:db8::7]:4711"), "2001:db8::7");
  EXPECT_EQ(address("2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(address("10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(address("127.0.0.1, ' OR 1=1"), "127.0.0.1");  // What was written there is no address.
  EXPECT_EQ(address(""), "127.0.0.1");
}

TEST(Forwarded, HeadersOfOneNameAreOneList) {
  const auto request =
      Sent("10.0.0.1", {{"x-forwarded-for", "192.0.2.66"}, {"x-forwarded-for", "203.0.113.9"}});
  EXPECT_EQ(request.peer.address, "203.0.113.9");
}

TEST(Forwarded, TheStandardHeaderToo) {
  const auto request = Sent(
      "127.0.0.1",
      {{"forwarded",
        R"(for=192.0.2.66;host="a,b", For="[2001:db8::7]:1"; proto=https;host=share.example.com)"}});
  EXPECT_EQ(request.peer.address, "2001:db8::7");
  EXPECT_TRUE(request.peer.tls);
  EXPECT_EQ(request.Get("host"), "share.example.com");
}

TEST(Forwarded, WhoSpeaksForOthersIsNotThisMachine) {
  EXPECT_FALSE(Sent("127.0.0.1", {{"x-forwarded-for", "unknown"}}).peer.loopback);
  Request request;
  request.peer = {"127.0.0.1", 1, true, false};
  request.headers = {{"x-forwarded-for", "127.0.0.1"}};
  ApplyForwarded(Networks(), &request);
  EXPECT_FALSE(request.peer.loopback);
  request.headers.clear();
  request.peer.loopback = true;
  ApplyForwarded(Networks(), &request);
  EXPECT_TRUE(request.peer.loopback);
}

}  // namespace
}  // namespace sluice::http
