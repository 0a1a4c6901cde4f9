// Stores that are read with credentials which somebody else gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "net/test_server.h"
#include "storage/registry/stores.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Gives the first, the second, … of its kind.
class Counting final : public CredentialVendor {
 public:
  explicit Counting(StoreKind kind) : kind_(kind) {}

  Result<TemporaryCredentials> Vend(std::int64_t /*validity_ms*/) const override {
    if (broken) return Fail(ErrorKind::kPermissionDenied, "no more");
    const std::string number = std::to_string(++given);
    TemporaryCredentials out;
    out.kind = kind_;
    out.expires_at_ms = SystemClock().NowMillis() + 3'600'000;
    out.fields = {{"accessKeyId", "KEY" + number},
                  {"secretAccessKey", "hidden"},
                  {"sessionToken", "TOKEN" + number},
                  {"sasToken", "sv=1&sig=SAS" + number},
                  {"oauthToken", "OAUTH" + number}};
    return out;
  }

  mutable std::atomic<int> given{0};
  std::atomic<bool> broken{false};

 private:
  const StoreKind kind_;
};

struct Case {
  const char* location;
  StoreKind kind;
  const char* mark;     ///< Of the credentials in a request, before their number.
  const char* expired;  ///< What the store says of some that have ended.
  const char* code;
  StoreOptions more;
};

std::vector<Case> Cases() {
  return {
      {"s3://bucket/t", StoreKind::kS3, "Credential=KEY", "400 Bad Request", "ExpiredToken", {}},
      {"az://bucket/t",
       StoreKind::kAzure,
       "sig=SAS",
       "403 Forbidden",
       "AuthenticationFailed",
       {{"account", "acct"}}},
      {"gs://bucket/t", StoreKind::kGcs, "Bearer OAUTH", "401 Unauthorized", "Unauthorized", {}},
  };
}

class Vended : public ::testing::TestWithParam<Case> {
 protected:
  Vended() : server_([this](const auto& request, auto& peer) { Answer(request, peer); }) {}

  void Answer(const net::TestRequest& request, net::TestConnection& peer) {
    const auto header = request.headers.find("authorization");
    const std::string shown =
        request.target + (header == request.headers.end() ? "" : " " + header->second);
    const std::size_t at = shown.find(GetParam().mark);
    if (at == std::string::npos) return peer.Answer("403 Forbidden", "who?");
    const int number = std::stoi(shown.substr(at + std::string(GetParam().mark).size()));
    if (number >= good_from) return peer.Answer("200 OK", "content");
    const std::string code = GetParam().code;
    peer.Answer(GetParam().expired,
                "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>",
                "x-ms-error-code: " + code + "\r\n");
  }

  Result<std::shared_ptr<const ObjectStore>> Open(StoreOptions options) {
    Surroundings here;
    // A machine that has credentials of all kinds, which are not for this.
    here.variable = [](const char* name) {
      const std::string_view text = name;
      if (text == "AWS_ACCESS_KEY_ID" || text == "AWS_SECRET_ACCESS_KEY") return "own";
      if (text == "AZURE_STORAGE_CONNECTION_STRING") return "broken";
      if (text == "GOOGLE_APPLICATION_CREDENTIALS") return "/no/such/file";
      return "";
    };
    here.vended = vendor_;
    options.emplace("endpoint", server_.Url(""));
    for (const auto& [name, value] : GetParam().more) options.emplace(name, value);
    const auto location = ParseLocation(GetParam().location).value();
    const std::string scheme = location.Text().substr(0, location.Text().find("://") + 3);
    SLUICE_TRY(const auto stores, Stores::Make({{scheme, std::move(options), {}}}, here));
    SLUICE_TRY(const auto ports, stores->Open(location));
    return ports.objects;
  }

  std::atomic<int> good_from{1};
  const std::shared_ptr<Counting> vendor_ = std::make_shared<Counting>(GetParam().kind);
  net::TestServer server_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Vended, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return std::string(KindName(test.param.kind)); });

TEST_P(Vended, TheyAloneAreUsedAndGotAnewWhenRefused) {
  const auto store = Open({}).value();
  EXPECT_EQ(vendor_->given, 0) << "nobody asked yet";
  auto read = store->Read("f", 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "content");
  ASSERT_TRUE(store->Read("f", 100));
  EXPECT_EQ(vendor_->given, 1);
  good_from = 2;
  read = store->Read("f", 100);
  // Those of Google that came just now are not asked for again.
  if (GetParam().kind == StoreKind::kGcs) {
    EXPECT_FALSE(read);
    return;
  }
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(vendor_->given, 2);
  good_from = 10;
  read = store->Read("f", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().code));
  EXPECT_EQ(vendor_->given, 3) << "once a request";
  for (const char* secret : {"hidden", "TOKEN", "SAS", "OAUTH"}) {
    EXPECT_THAT(read.error().message, Not(HasSubstr(secret)));
  }
  vendor_->broken = true;
  EXPECT_THAT(store->Read("f", 100).error().message, HasSubstr("no more"));
}

TEST_P(Vended, OptionsThatNameOthersAreRefused) {
  const auto message = [&](const char* name) {
    const auto store = Open({{name, "x"}});
    return store ? "none" : store.error().message;
  };
  const std::map<StoreKind, std::vector<const char*>> own = {
      {StoreKind::kS3, {"accessKeyId", "secretAccessKeyFile", "profile", "roleArn", "anonymous"}},
      {StoreKind::kAzure, {"accountKey", "sasToken", "connectionString", "clientSecretFile"}},
      {StoreKind::kGcs, {"credentials", "credentialsFile", "impersonateServiceAccount"}}};
  for (const char* name : own.at(GetParam().kind)) {
    EXPECT_THAT(message(name), HasSubstr("leave " + std::string(name) + " out"));
  }
  EXPECT_THAT(message("no_such"), HasSubstr("no_such"));
}

TEST_P(Vended, CredentialsOfAnotherKindAreRefused) {
  const auto& all = Cases();
  const auto other =
      std::make_shared<Counting>(all[0].kind == GetParam().kind ? all[1].kind : all[0].kind);
  Surroundings here;
  here.variable = [](const char*) { return std::string(); };
  here.vended = other;
  const auto location = ParseLocation(GetParam().location).value();
  const std::string scheme = location.Text().substr(0, location.Text().find("://") + 3);
  StoreOptions options = GetParam().more;
  options["endpoint"] = server_.Url("");
  const auto stores = Stores::Make({{scheme, options, {}}}, here).value();
  const auto read = stores->Open(location).value().objects->Read("f", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kMalformed);
  EXPECT_THAT(read.error().message, HasSubstr("were given for a folder in"));
}

}  // namespace
}  // namespace sluice::storage
