#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

bool In(const char* network, const char* address) {
  return IpNetworks::Parse({network}).value().Contains(ParseIpAddress(address).value());
}

TEST(IpNetwork, ContainsWhatSharesThePrefix) {
  EXPECT_TRUE(In("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(In("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(In("10.0.0.0/9", "10.127.0.1"));
  EXPECT_FALSE(In("10.0.0.0/9", "10.128.0.1"));
  EXPECT_TRUE(In("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(In("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(In("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(In("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(In("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(In("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(In("192.0.2.0/24", "::ffff:192.0.2.1"));
}

TEST(IpNetwork, WhatIsNoneIsRefused) {
  for (const char* text : {"", "example.com", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1",
                           "192.0.2.0/24x", "192.0.2.1/24", "192.0.2", "::/129", "fe80::1%eth0"}) {
    EXPECT_FALSE(IpNetworks::Parse({text})) << text;
  }
  EXPECT_FALSE(ParseIpAddress("127.0.0.1:80"));
  EXPECT_FALSE(ParseIpAddress(std::string(500, '1')));
}

TEST(IpNetwork, KnowsLoopback) {
  EXPECT_TRUE(IsLoopback(*ParseIpAddress("127.3.2.1")));
  EXPECT_TRUE(IsLoopback(*ParseIpAddress("::1")));
  EXPECT_FALSE(IsLoopback(*ParseIpAddress("128.0.0.1")));
  EXPECT_FALSE(IsLoopback(*ParseIpAddress("::2")));
}

}  // namespace
}  // namespace sluice
