#include "base/loopback.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(LoopbackHost, IsWhatNamesThisMachineAlone) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"", "localhost.example.com", "127.1", "127.0.0.1.example.com",
                           "10.0.0.1", "::", "0.0.0.0", "Localhost"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace sluice
