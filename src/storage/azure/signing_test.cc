// What is signed, against texts of Microsoft's documents and signatures that its library for Python
// (azure-storage-blob 12.11, told to sign for version 2020-12-06) makes of the same.
#include <gtest/gtest.h>

#include "storage/azure/sas.h"
#include "storage/azure/shared_key.h"

namespace sluice::storage {
namespace {

constexpr std::string_view kKey = "an account's key, 32 bytes long..";
constexpr std::int64_t kEnd = 1'769'851'800'999;  // 2026-01-31T09:30:00.999Z

TEST(SharedKey, SignsWhatTheDocumentsShow) {
  net::HttpRequest request;
  request.url =
      "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout="
      "20";
  request.headers = {{"x-ms-version", "2015-02-21"},
                     {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
  EXPECT_EQ(SharedKeyText(request, "myaccount"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
            "x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\n"
            "timeout:20");
  SignRequest({"myaccount", HmacKey(kKey)}, &request);
  EXPECT_EQ(request.headers.back().first, "Authorization");
  EXPECT_EQ(request.headers.back().second,
            "SharedKey myaccount:lDfeC8IaS0JuxRaHoCkeIL1nL2aFh2maROZHBITaHEY=");
}

TEST(SharedKey, SignsHeadersBodiesAndDecodedParameters) {
  net::HttpRequest request;
  request.method = "PUT";
  request.url = "http://127.0.0.1:10000/acct/box/a%20b?prefix=x%2Fy%20z&Comp=list";
  request.headers = {{"X-MS-Meta-B", " two "},
                     {"x-ms-date", "now"},
                     {"If-Match", "\"e\""},
                     {"Content-Type", "text/plain"}};
  request.body = "12345";
  request.range = std::pair<std::int64_t, std::int64_t>(5, 9);
  EXPECT_EQ(SharedKeyText(request, "acct"),
            "PUT\n\n\n5\n\ntext/plain\n\n\n\"e\"\n\n\nbytes=5-9\nx-ms-date:now\nx-ms-meta-b:two\n"
            "/acct/acct/box/a%20b\ncomp:list\nprefix:x/y z");
}

std::string Signed(const SasKey& key, const SasGrant& grant, std::string_view prefix,
                   std::string_view name) {
  std::string out = "before ";
  SasSigner(key, grant, prefix).Append(name, &out);
  return out;
}

TEST(Sas, OfAnObjectByTheAccountsKey) {
  SasGrant grant;
  grant.expires_at_ms = kEnd;
  EXPECT_EQ(Signed({"acct", HmacKey(kKey), std::nullopt}, grant, "box/sales/",
                   "part=a b/\xC3\xA9.parquet"),
            "before sv=2020-12-06&spr=https&se=2026-01-31T09%3A30%3A00Z&sr=b&sp=r&"
            "sig=Wz5FQ7%2FvCYaa2tbTNb6IT59sWN76lLPy8ReoBf0sCD8%3D");
}

TEST(Sas, OfAFolderOverHttp) {
  SasGrant grant;
  grant.resource = 'd';
  grant.depth = 2;
  grant.permissions = "rl";
  grant.https_only = false;
  grant.expires_at_ms = kEnd;
  EXPECT_EQ(Signed({"acct", HmacKey(kKey), std::nullopt}, grant, "box/sales/eu", ""),
            "before sv=2020-12-06&se=2026-01-31T09%3A30%3A00Z&sr=d&sp=rl&sdd=2&"
            "sig=rb5ItRroEbJStskwWSK7tSKWDgxEUuxrrL%2FwdlgEozI%3D");
}

DelegationFields Delegation() {
  return {"oid-1", "tid-2", "2026-01-30T00:00:00Z", "2026-02-05T00:00:00Z", "b", "2021-12-02"};
}

TEST(Sas, ByADelegatedKey) {
  SasGrant grant;
  grant.expires_at_ms = kEnd;
  EXPECT_EQ(Signed({"acct", HmacKey(kKey), Delegation()}, grant, "box/sales/", "x"),
            "before sv=2020-12-06&spr=https&se=2026-01-31T09%3A30%3A00Z&sr=b&sp=r&skoid=oid-1&"
            "sktid=tid-2&skt=2026-01-30T00%3A00%3A00Z&ske=2026-02-05T00%3A00%3A00Z&sks=b&"
            "skv=2021-12-02&sig=gbk6ORD95LkQ3hreUmUYc8FaWa3J2D8SigMGyrNdgtE%3D");
}

TEST(Sas, OfAFolderByADelegatedKey) {
  SasGrant grant;
  grant.resource = 'd';
  grant.depth = 2;
  grant.permissions = "rl";
  grant.https_only = false;
  grant.expires_at_ms = kEnd;
  EXPECT_EQ(Signed({"acct", HmacKey(kKey), Delegation()}, grant, "box/sales/eu", ""),
            "before sv=2020-12-06&se=2026-01-31T09%3A30%3A00Z&sr=d&sp=rl&sdd=2&skoid=oid-1&"
            "sktid=tid-2&skt=2026-01-30T00%3A00%3A00Z&ske=2026-02-05T00%3A00%3A00Z&sks=b&"
            "skv=2021-12-02&sig=ucC420Tn4HtS8xAWdKr8odZm9N6zTIz2Np%2FA2dwfkGQ%3D");
}

}  // namespace
}  // namespace sluice::storage
