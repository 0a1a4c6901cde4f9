#include "base/network.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

bool Holds(std::string_view network, std::string_view address) {
  const auto parsed = Network::Parse(network);
  const auto ip = ParseIpAddress(address);
  EXPECT_TRUE(parsed) << network;
  EXPECT_TRUE(ip) << address;
  return parsed && ip && parsed->Contains(*ip);
}

TEST(Network, HoldsItsAddresses) {
  EXPECT_TRUE(Holds("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(Holds("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(Holds("192.0.2.128/25", "192.0.2.129"));
  EXPECT_FALSE(Holds("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(Holds("192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(Holds("192.0.2.7/32", "192.0.2.7"));
  EXPECT_FALSE(Holds("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(Holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(Holds("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(Holds("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(Holds("2001:db8::8000/113", "2001:db8::ffff"));
  EXPECT_FALSE(Holds("2001:db8::8000/113", "2001:db8::7fff"));
  EXPECT_TRUE(Holds("::1", "::1"));
}

TEST(Network, KnowsIpv4InBothForms) {
  EXPECT_TRUE(Holds("192.0.2.0/24", "::ffff:192.0.2.9"));
  EXPECT_TRUE(Holds("192.0.2.0/24", "::ffff:c000:209"));
  EXPECT_FALSE(Holds("192.0.2.0/24", "::ffff:192.0.3.9"));
  EXPECT_FALSE(Holds("192.0.2.0/24", "::192.0.2.9"));
  EXPECT_TRUE(Holds("::ffff:192.0.2.0/120", "192.0.2.9"));
  // All of IPv4 is not all of IPv6, and the other way round it is.
  EXPECT_FALSE(Holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(Holds("::/0", "192.0.2.1"));
}

TEST(Network, RefusesWhatIsNone) {
  for (const std::string_view text : {"",
                                      "/",
                                      "/24",
                                      "192.0.2.0/",
                                      "192.0.2.0/33",
                                      "192.0.2.0/-1",
                                      "192.0.2.0/+4",
                                      "192.0.2.0/2 ",
                                      "192.0.2.0/24/8",
                                      "192.0.2.1/24",
                                      "192.0.2",
                                      "192.0.2.0.0",
                                      "host",
                                      " 192.0.2.0",
                                      "1/8",
                                      "2001:db8::/129",
                                      "2001:db8::1/32",
                                      "2001:db8::%eth0",
                                      "::ffff:192.0.2.0/24",
                                      "[::1]"}) {
    EXPECT_FALSE(Network::Parse(text)) << text;
  }
  EXPECT_FALSE(ParseIpAddress(std::string_view("192.0.2.1\0x", 11)));
  EXPECT_FALSE(ParseIpAddress("unknown"));
}

TEST(Network, KnowsLoopback) {
  EXPECT_TRUE(IsLoopback(*ParseIpAddress("127.3.2.1")));
  EXPECT_TRUE(IsLoopback(*ParseIpAddress("::ffff:127.0.0.1")));
  EXPECT_TRUE(IsLoopback(*ParseIpAddress("::1")));
  EXPECT_FALSE(IsLoopback(*ParseIpAddress("128.0.0.1")));
  EXPECT_FALSE(IsLoopback(*ParseIpAddress("::2")));
}

}  // namespace
}  // namespace sluice
