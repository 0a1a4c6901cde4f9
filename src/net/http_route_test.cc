// Redirects, proxies and TLS: which way a request goes, and what it takes along.
#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "net/http_client.h"
#include "net/test_server.h"

namespace sluice::net {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

class HttpRoute : public ::testing::Test {
 protected:
  void SetUp() override {
    ClearEnvironment();
    options_.first_backoff_ms = 1;
    options_.max_retries = 1;
  }
  void TearDown() override { ClearEnvironment(); }
  static void ClearEnvironment() {
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                             "no_proxy", "NO_PROXY"}) {
      ::unsetenv(name);
    }
  }
  Result<HttpResponse> Send(std::string url, std::string method = "GET") {
    HttpRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = {{"Authorization", "Bearer secret"}, {"X-Other", "kept"}};
    return HttpClient(options_).Send(request);
  }
  static TestServer::Handler RedirectTo(std::string url, std::string status = "302 Found") {
    return [=](const TestRequest&, TestConnection& out) {
      out.Answer(status, "the body of a redirect", "Location: " + url + "\r\nX-Hop: yes\r\n");
    };
  }

  HttpOptions options_;
};

TEST_F(HttpRoute, ARedirectIsFollowedAndTheTokenStaysBehind) {
  TestServer target(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "arrived"); });
  TestServer first(RedirectTo(target.Url("/there")));
  const auto response = Send(first.Url("/here"));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "arrived");
  EXPECT_EQ(response->Get("x-hop"), "");
  EXPECT_EQ(first.requests().at(0).headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(target.requests().at(0).target, "/there");
  EXPECT_EQ(target.requests().at(0).headers.count("authorization"), 0U);
  EXPECT_EQ(target.requests().at(0).headers.at("x-other"), "kept");
}

TEST_F(HttpRoute, WithinOneHostTheTokenGoesAlong) {
  TestServer server([](const TestRequest& request, TestConnection& out) {
    if (request.target == "/here") return RedirectTo("/there")(request, out);
    out.Answer("200 OK", "arrived");
  });
  EXPECT_EQ(Send(server.Url("/here"))->body, "arrived");
  EXPECT_EQ(server.requests().at(1).headers.at("authorization"), "Bearer secret");
}

TEST_F(HttpRoute, FiveRedirectsAtMost) {
  TestServer server([](const TestRequest& request, TestConnection& out) {
    const int left = std::stoi(request.target.substr(1));
    if (left == 0) return out.Answer("200 OK", "arrived");
    RedirectTo("/" + std::to_string(left - 1))(request, out);
  });
  EXPECT_EQ(Send(server.Url("/5"))->body, "arrived");
  const std::size_t before = server.requests().size();
  const auto response = Send(server.Url("/6"));
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("redirect"));
  EXPECT_EQ(server.requests().size() - before, 6U);
}

TEST_F(HttpRoute, APostIsNotRedirected) {
  TestServer server(RedirectTo("/there", "307 Temporary Redirect"));
  const auto response = Send(server.Url("/here"), "POST");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(response->body, "the body of a redirect");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpRoute, ARedirectIsAnAnswerToWhoFollowsNone) {
  TestServer server(RedirectTo("/there", "301 Moved Permanently"));
  HttpRequest request;
  request.url = server.Url("/here");
  request.follow_redirects = false;
  const auto response = HttpClient(options_).Send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 301);
  EXPECT_EQ(response->body, "the body of a redirect");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpRoute, OnlyHttpIsFollowed) {
  for (const char* target : {"file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"}) {
    TestServer server(RedirectTo(target));
    EXPECT_FALSE(Send(server.Url("/here"))) << target;
  }
}

TEST_F(HttpRoute, AProxyIsTakenFromTheOptions) {
  TestServer proxy(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "proxied"); });
  options_.proxy = proxy.Url("");
  EXPECT_EQ(Send("http://sharing.invalid/shares?x=1")->body, "proxied");
  EXPECT_EQ(proxy.requests().at(0).target, "http://sharing.invalid/shares?x=1");
}

TEST_F(HttpRoute, AProxyIsTakenFromTheEnvironment) {
  TestServer proxy(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "proxied"); });
  TestServer direct(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "direct"); });
  ::setenv("http_proxy", proxy.Url("").c_str(), 1);
  EXPECT_EQ(Send(direct.Url("/x"))->body, "proxied");
  ::setenv("no_proxy", "127.0.0.1", 1);
  EXPECT_EQ(Send(direct.Url("/x"))->body, "direct");
}

TEST_F(HttpRoute, DirectMeansNoProxy) {
  TestServer proxy(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "proxied"); });
  TestServer server(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "direct"); });
  ::setenv("http_proxy", proxy.Url("").c_str(), 1);
  EXPECT_EQ(Send(server.Url("/"))->body, "proxied");
  options_.direct = true;
  EXPECT_EQ(Send(server.Url("/"))->body, "direct");
}

TEST_F(HttpRoute, AProxyGetsItsUserAndPasswordAndNobodyElse) {
  TestServer proxy(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "proxied"); });
  const std::string port = std::to_string(proxy.port());
  options_.proxy = "http://me:p%40ss@127.0.0.1:" + port;
  EXPECT_EQ(Send("http://sharing.invalid/shares")->body, "proxied");
  options_.proxy = "me:p%40ss@127.0.0.1:" + port;
  EXPECT_EQ(Send("http://sharing.invalid/shares")->body, "proxied");
  options_.proxy.clear();
  ::setenv("http_proxy", ("http://me:p%40ss@127.0.0.1:" + port).c_str(), 1);
  EXPECT_EQ(Send("http://sharing.invalid/shares")->body, "proxied");
  for (const auto& request : proxy.requests()) {
    EXPECT_EQ(request.headers.at("proxy-authorization"), "Basic bWU6cEBzcw==");
  }
  TestServer direct(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "direct"); });
  options_.direct = true;
  EXPECT_EQ(Send(direct.Url("/"))->body, "direct");
  EXPECT_FALSE(direct.requests().at(0).headers.contains("proxy-authorization"));
}

TEST_F(HttpRoute, AProxyThatRefusesIsToldAndAskedOnce) {
  TestServer proxy([](const TestRequest& request, TestConnection& out) {
    EXPECT_EQ(request.method, "CONNECT");
    EXPECT_FALSE(request.headers.contains("authorization"));
    out.Answer("407 Proxy Authentication Required", "", "Proxy-Authenticate: Basic realm=x\r\n");
    out.Close();
  });
  options_.proxy = "http://me:s3cr3t@127.0.0.1:" + std::to_string(proxy.port());
  const auto response = Send("https://sharing.invalid/shares");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(response.error().message,
            "GET https://sharing.invalid/shares: the proxy asks for a user and a password, or "
            "refuses those that it got (407)");
  EXPECT_EQ(proxy.requests().size(), 1U);
}

TEST_F(HttpRoute, NoMessageHoldsAProxysPassword) {
  options_.max_retries = 0;
  for (const char* proxy :
       {"http://me:s3cr3t@", "http://me:s3cr3t@[::bad", "http://me:s3cr3t@h:port",
        "ftp://me:s3cr3t@h:1", "http://me:s3cr3t@x@h:1", "http://me:s3cr3t@127.0.0.1:1",
        "http://me:s3cr3t@no-such-host.invalid:1", "http://me:s3cr3t@h:1\r\nX: y"}) {
    for (const bool by_option : {true, false}) {
      ClearEnvironment();
      options_.proxy = by_option ? proxy : "";
      if (!by_option) ::setenv("http_proxy", proxy, 1);
      const auto response = Send("http://sharing.invalid/");
      ASSERT_FALSE(response) << proxy;
      EXPECT_THAT(response.error().message, Not(HasSubstr("s3cr3t"))) << proxy;
      EXPECT_THAT(response.error().message, AnyOf(HasSubstr("prox"), HasSubstr("127.0.0.1 port 1")))
          << proxy;
    }
  }
}

TEST(CheckProxy, TakesUrlsOfProxiesOnly) {
  for (const char* good : {"http://h:8080", "h:8080", "https://u:p@h:1", "socks5h://h", "HTTP://h/",
                           "http://u:p%40@[::1]:3128"}) {
    EXPECT_TRUE(CheckProxy(good)) << good;
  }
  for (const char* bad :
       {"", "http://", "ftp://h:1", "u:s3cr3t@", "http://u:s3cr3t@x@h", "http://h:s3cr3t", "//h"}) {
    const auto status = CheckProxy(bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_THAT(status.error().message, Not(HasSubstr("s3cr3t")));
  }
}

TEST_F(HttpRoute, ARequestHasATimeLimit) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.WaitForClose(); });
  options_.request_timeout_ms = 30;
  const auto response = Send(server.Url("/x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(response.error().message, HasSubstr("time limit of 30 ms"));
}

/// A certificate for 127.0.0.1 that vouches for itself, made for the run.
class HttpTls : public HttpRoute {
 protected:
  void SetUp() override {
    HttpRoute::SetUp();
    key_ = EVP_RSA_gen(2048);
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
    ASSERT_GT(X509_sign(certificate_, key_, EVP_sha256()), 0);
    tls_ = SSL_CTX_new(TLS_server_method());
    ASSERT_EQ(SSL_CTX_use_certificate(tls_, certificate_), 1);
    ASSERT_EQ(SSL_CTX_use_PrivateKey(tls_, key_), 1);

    ca_file_ = Write([this](std::FILE* out) { PEM_write_X509(out, certificate_); });
    key_file_ = Write([this](std::FILE* out) {
      PEM_write_PrivateKey(out, key_, nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  /// A file of its own, with what `write` puts into it.
  static std::filesystem::path Write(const std::function<void(std::FILE*)>& write) {
    std::string file = (std::filesystem::temp_directory_path() / "sluice-pem-XXXXXX").string();
    std::FILE* out = ::fdopen(::mkstemp(file.data()), "w");
    write(out);
    std::fclose(out);
    return file;
  }
  void TearDown() override {
    SSL_CTX_free(tls_);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
    std::filesystem::remove(ca_file_);
    std::filesystem::remove(key_file_);
    HttpRoute::TearDown();
  }

  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  SSL_CTX* tls_ = nullptr;
  std::filesystem::path ca_file_;
  std::filesystem::path key_file_;
};

TEST_F(HttpTls, ACertificateMustBeTrusted) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "sealed"); },
                    tls_);
  const auto untrusted = Send(server.Url("/x"));
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(untrusted.error().message, HasSubstr("certificate"));
  EXPECT_TRUE(server.requests().empty());

  options_.ca_file = ca_file_;
  const auto trusted = Send(server.Url("/x"));
  ASSERT_TRUE(trusted) << trusted.error().message;
  EXPECT_EQ(trusted->body, "sealed");
}

TEST_F(HttpTls, VerificationCanBeTurnedOff) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "sealed"); },
                    tls_);
  options_.verify_tls = false;
  EXPECT_EQ(Send(server.Url("/x"))->body, "sealed");
}

TEST_F(HttpTls, ATrustStoreThatIsNoneIsTheCallersMistake) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "x"); },
                    tls_);
  options_.ca_file = "/nowhere/ca.pem";
  const auto response = Send(server.Url("/x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(response.error().message, HasSubstr("/nowhere/ca.pem"));
}

/// A server that wants a certificate from whoever asks: the one that it has itself.
class HttpMutualTls : public HttpTls {
 protected:
  void SetUp() override {
    HttpTls::SetUp();
    SSL_CTX_set_verify(tls_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    ASSERT_EQ(SSL_CTX_load_verify_locations(tls_, ca_file_.c_str(), nullptr), 1);
    options_.ca_file = ca_file_;
  }
};

TEST_F(HttpMutualTls, TheClientShowsItsCertificate) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "known"); },
                    tls_);
  options_.client_cert = ca_file_;
  options_.client_key = key_file_;
  const auto known = Send(server.Url("/x"));
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->body, "known");

  const auto both = Write([this](std::FILE* out) {
    PEM_write_X509(out, certificate_);
    PEM_write_PrivateKey(out, key_, nullptr, nullptr, 0, nullptr, nullptr);
  });
  options_.client_cert = both;
  options_.client_key.clear();
  EXPECT_EQ(Send(server.Url("/x"))->body, "known");
  std::filesystem::remove(both);
}

TEST_F(HttpMutualTls, WithoutACertificateItIsRefusedAtOnce) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "known"); },
                    tls_);
  const auto unknown = Send(server.Url("/x"));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("certificate required"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpMutualTls, AKeyThatIsNoneIsTheCallersMistake) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "known"); },
                    tls_);
  const auto locked = Write([this](std::FILE* out) {
    PEM_write_PrivateKey(out, key_, EVP_aes_128_cbc(), nullptr, 0, nullptr,
                         const_cast<char*>("passphrase"));
  });
  options_.client_cert = ca_file_;
  for (const std::filesystem::path& key : {locked, ca_file_, std::filesystem::path("/nowhere")}) {
    options_.client_key = key;
    const auto response = Send(server.Url("/x"));
    ASSERT_FALSE(response) << key;
    EXPECT_EQ(response.error().kind, ErrorKind::kInvalidArgument) << response.error().message;
  }
  EXPECT_LE(server.connections(), 3);
  std::filesystem::remove(locked);
}

TEST_F(HttpTls, ARedirectNeverLeavesTls) {
  TestServer plain([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "open"); });
  TestServer server(RedirectTo(plain.Url("/x")), tls_);
  options_.ca_file = ca_file_;
  EXPECT_FALSE(Send(server.Url("/x")));
  EXPECT_TRUE(plain.requests().empty());
}

}  // namespace
}  // namespace sluice::net
