#include "oauth/issuer_url.h"

#include <gtest/gtest.h>

namespace sluice::oauth {
namespace {

TEST(IssuerUrl, IsReachedOverTlsOrOnThisMachine) {
  for (const char* url :
       {"https://login.example.com", "https://login.example.com:8443/realms/a", "https://10.0.0.1",
        "http://127.0.0.1:80", "http://127.9.9.9", "http://localhost/x", "http://[::1]:8"}) {
    EXPECT_TRUE(CheckIssuerUrl(url)) << url;
  }
  for (const char* url :
       {"", "login.example.com", "http://login.example.com", "http://127.0.0.1.example.com",
        "http://localhost.example.com", "http://10.0.0.1", "ftp://127.0.0.1", "file:///etc/passwd",
        "https://", "https://user:pw@login.example.com", "https://a.example/?x=1",
        "https://a.example/#x", "http://0x7f000001", "http://2130706433"}) {
    EXPECT_FALSE(CheckIssuerUrl(url)) << url;
  }
}

TEST(IssuerUrl, AnOriginIsSchemeHostAndPort) {
  EXPECT_TRUE(SameOrigin("https://a.example/x", "https://A.EXAMPLE:443/y"));
  EXPECT_TRUE(SameOrigin("http://127.0.0.1:8/", "http://127.0.0.1:8"));
  for (const char* other : {"http://a.example/x", "https://b.example/x", "https://a.example:8443/",
                            "https://x.a.example", "https://a.example.evil",
                            "https://a.example\\@evil", "a.example", ""}) {
    EXPECT_FALSE(SameOrigin("https://a.example/x", other)) << other;
  }
}

}  // namespace
}  // namespace sluice::oauth
