// Who asks, from the credential to the request: every test reads an object of a stand-in for
// Google's services, which answers with the Authorization it was shown.
#include "storage/gcs/gcs_identity.h"
#include "json/answer.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "storage/gcs/gcs_backend.h"
#include "storage/gcs/gcs_test_support.h"

namespace sluice::storage {
namespace {

using json::ParseJsonObject;
using json::TextOf;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kTarget = "target@project.iam.gserviceaccount.com";
constexpr const char* kMetadata = "/computeMetadata/v1/instance/service-accounts/default/";

class GcsIdentityTest : public ::testing::Test {
 protected:
  GcsIdentityTest() {
    machine_.variables["GCE_METADATA_HOST"] = Host();
    machine_.variables["HOME"] = folder_.path.string();
  }

  std::string Host() const { return "127.0.0.1:" + std::to_string(google_.port()); }
  std::string AccountUrl(const char* method) const {
    return google_.Url(std::string("/v1/projects/-/serviceAccounts/") + kTarget + ":" + method);
  }

  void Answer(const net::TestRequest& request, net::TestConnection& connection) {
    const auto& target = request.target;
    const auto shown = request.headers.find("authorization");
    const std::string who = shown == request.headers.end() ? "nobody" : shown->second;
    if (const auto found = answers_.find(target); found != answers_.end()) {
      connection.Answer(found->second.first, found->second.second);
    } else if (target.starts_with("/bucket/")) {
      connection.Answer("200 OK", who);
    } else if (target == kMetadata + std::string("token")) {
      connection.Answer("200 OK", R"({"access_token":"machine","expires_in":3599})");
    } else if (target == kMetadata + std::string("email")) {
      connection.Answer("200 OK", "machine@project.iam.gserviceaccount.com");
    } else if (target.ends_with(":generateAccessToken")) {
      connection.Answer("200 OK",
                        fmt::format(R"({{"accessToken":"as target by {}","expireTime":"{}"}})", who,
                                    FormatTimestamp(clock_.now + 3'600'000)));
    } else if (target.ends_with(":signBlob")) {
      connection.Answer("200 OK",
                        R"({"keyId":"k","signedBlob":")" + Base64Encode("by " + who) + "\"}");
    } else {
      connection.Answer("200 OK", R"({"access_token":"exchanged","expires_in":3600})");
    }
  }

  Result<Ports> Open(StoreOptions options = {}) {
    options["endpoint"] = google_.Url("");
    options["iamEndpoint"] = google_.Url("");
    options["stsEndpoint"] = google_.Url("");
    SLUICE_TRY(const auto backend, MakeGcs(options, machine_.here));
    return backend->Open(ParseLocation("gs://bucket/folder").value());
  }
  /// Whom the store sees, or the error's kind and text.
  std::string Who(const StoreOptions& options = {}) {
    const auto ports = Open(options);
    if (!ports) return std::string(KindName(ports.error().kind)) + " " + ports.error().message;
    const auto read = ports->objects->Read("key", 1000);
    if (!read) return std::string(KindName(read.error().kind)) + " " + read.error().message;
    return (*read)->ToString();
  }
  /// The signature of a URL as text, or the error's kind and text.
  static std::string SignatureOf(const Ports& ports, std::int64_t until_ms) {
    const auto signer = ports.urls->SignerFor({"table", "recipient", until_ms});
    if (!signer) return std::string(KindName(signer.error().kind)) + " " + signer.error().message;
    std::string url;
    const auto done = (*signer)->AppendUrl("key", &url);
    if (!done) return std::string(KindName(done.error().kind)) + " " + done.error().message;
    return HexDecode(url.substr(url.rfind('=') + 1)).value();
  }
  net::TestRequest RequestTo(std::string_view path) const {
    for (const auto& request : google_.requests()) {
      if (request.target == path) return request;
    }
    ADD_FAILURE() << "nobody asked for " << path;
    return {};
  }
  /// Where gcloud writes.
  std::string GcloudFile(std::string_view json) const {
    return folder_.Write(".config/gcloud/application_default_credentials.json", json);
  }
  std::string UserJson() const {
    return R"({"type":"authorized_user","client_id":"id","client_secret":"s3cret",)"
           R"("refresh_token":"r3fresh","token_uri":")" +
           google_.Url("/token") + "\"}";
  }

  const TestFolder folder_;
  SetClock clock_{1'700'000'000'000};
  TestMachine machine_{clock_};
  std::map<std::string, std::pair<std::string, std::string>> answers_;
  net::TestServer google_{[this](const net::TestRequest& request, net::TestConnection& connection) {
    Answer(request, connection);
  }};
};

TEST_F(GcsIdentityTest, AServiceAccountAsksWithAnAssertionItSigned) {
  EXPECT_EQ(Who({{"credentials", ServiceAccountJson(google_.Url("/token"))}}), "Bearer exchanged");
  const auto form = FormOf(RequestTo("/token").body);
  EXPECT_EQ(form.at("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const std::string& assertion = form.at("assertion");
  const auto dot = assertion.rfind('.');
  const auto middle = assertion.find('.');
  EXPECT_TRUE(Verifies(TestKey::Get().public_pem, assertion.substr(0, dot),
                       Base64UrlDecode(assertion.substr(dot + 1)).value()));
  EXPECT_EQ(Base64UrlDecode(assertion.substr(0, middle)).value(),
            R"({"alg":"RS256","typ":"JWT","kid":"key-1"})");
  EXPECT_EQ(Base64UrlDecode(assertion.substr(middle + 1, dot - middle - 1)).value(),
            R"({"iss":"sluice@project.iam.gserviceaccount.com",)"
            R"("scope":"https://www.googleapis.com/auth/cloud-platform","aud":")" +
                google_.Url("/token") + R"(","iat":1700000000,"exp":1700003600})");
}

TEST_F(GcsIdentityTest, TokensAreKeptAndRenewedBeforeTheyEnd) {
  const auto ports = Open({{"credentials", ServiceAccountJson(google_.Url("/token"))}});
  const auto tokens_asked = [&] {
    const auto read = ports->objects->Read("key", 100);
    EXPECT_TRUE(read);
    const auto requests = google_.requests();
    return std::count_if(requests.begin(), requests.end(),
                         [](const auto& request) { return request.target == "/token"; });
  };
  EXPECT_EQ(tokens_asked(), 1);
  clock_.now += 55 * 60'000;
  EXPECT_EQ(tokens_asked(), 1);
  clock_.now += 60'000;
  EXPECT_EQ(tokens_asked(), 2);
}

TEST_F(GcsIdentityTest, DefaultCredentialsAreTakenInTheirOrder) {
  EXPECT_EQ(Who(), "Bearer machine");
  EXPECT_EQ(RequestTo(kMetadata + std::string("token")).headers.at("metadata-flavor"), "Google");

  GcloudFile(UserJson());
  EXPECT_EQ(Who(), "Bearer exchanged");
  const auto form = FormOf(RequestTo("/token").body);
  EXPECT_EQ(form.at("grant_type"), "refresh_token");
  EXPECT_EQ(form.at("refresh_token"), "r3fresh");
  EXPECT_EQ(form.at("client_secret"), "s3cret");

  answers_["/other"] = {"200 OK", R"({"access_token":"other","expires_in":60})"};
  machine_.variables["GOOGLE_APPLICATION_CREDENTIALS"] =
      folder_.Write("named.json", ServiceAccountJson(google_.Url("/other")));
  EXPECT_EQ(Who(), "Bearer other");

  answers_["/option"] = {"200 OK", R"({"access_token":"option","expires_in":60})"};
  EXPECT_EQ(Who({{"credentialsFile",
                  folder_.Write("option.json", ServiceAccountJson(google_.Url("/option")))}}),
            "Bearer option");

  machine_.variables.erase("GOOGLE_APPLICATION_CREDENTIALS");
  machine_.variables["CLOUDSDK_CONFIG"] = (folder_.path / "elsewhere").string();
  EXPECT_EQ(Who(), "Bearer machine");
  EXPECT_EQ(Who({{"anonymous", "true"}}), "nobody");
}

TEST_F(GcsIdentityTest, WithoutAnyWhatWasTriedIsListed) {
  answers_[kMetadata + std::string("token")] = {"404 Not Found", ""};
  const std::string text = Who();
  EXPECT_THAT(text,
              StartsWith("permission_denied gs://bucket/folder/key: there are no credentials"));
  EXPECT_THAT(text,
              AllOf(HasSubstr("credentialsFile (not given)"),
                    HasSubstr("GOOGLE_APPLICATION_CREDENTIALS (not set)"),
                    HasSubstr("/.config/gcloud/application_default_credentials.json (not there)"),
                    HasSubstr("the metadata server at " + Host() + " answered 404")));
}

TEST_F(GcsIdentityTest, ThatThereAreNoneIsToldAgainWithoutAsking) {
  const std::string token = kMetadata + std::string("token");
  answers_[token] = {"404 Not Found", ""};
  const auto ports = Open();
  EXPECT_FALSE(ports->objects->Read("key", 100));
  answers_.clear();
  EXPECT_FALSE(ports->objects->Read("key", 100));
  EXPECT_EQ(google_.requests().size(), 1U);
  clock_.now += 30'000;
  EXPECT_TRUE(ports->objects->Read("key", 100));
}

TEST_F(GcsIdentityTest, FilesThatCannotBeUsedAreRefusedAtTheStart) {
  machine_.variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/no/such/file";
  EXPECT_THAT(Who(), AllOf(StartsWith("invalid_argument GOOGLE_APPLICATION_CREDENTIALS"),
                           HasSubstr("'/no/such/file' cannot be read")));
  const std::string refused = "invalid_argument credentials: ";
  EXPECT_THAT(Who({{"credentials", "{"}}), StartsWith(refused + "no JSON"));
  EXPECT_THAT(Who({{"credentials", "{}"}}), StartsWith(refused + "'type' is missing"));
  EXPECT_THAT(Who({{"credentials", R"({"type":"service_account"})"}}),
              StartsWith(refused + "'client_email' is missing"));
  EXPECT_THAT(Who({{"credentials", R"({"type":"service_account","client_email":"a@b",)"
                                   R"("private_key":"s3cret"})"}}),
              AllOf(StartsWith(refused + "'private_key'"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(Who({{"credentials", R"({"type":"gdch_service_account"})"}}),
              StartsWith("unsupported credentials: credentials of type 'gdch_service_account'"));
  EXPECT_THAT(Who({{"credentials",
                    R"({"type":"external_account","audience":"a","subject_token_type":"t",)"
                    R"("token_url":"https://sts","credential_source":{"url":"http://x"}})"}}),
              StartsWith("unsupported credentials: 'credential_source' is not a file"));
  EXPECT_THAT(Who({{"credentials", R"({"type":"authorized_user","client_id":"a","client_secret":)"
                                   R"("b","refresh_token":"c","token_uri":"file:///x"})"}}),
              StartsWith(refused + "'token_uri' is no URL"));
}

TEST_F(GcsIdentityTest, ARefusedCredentialIsToldWithoutItsSecrets) {
  answers_["/token"] = {"400 Bad Request",
                        R"({"error":"invalid_grant","error_description":"r3fresh is revoked"})"};
  const std::string text = Who({{"credentials", UserJson()}});
  EXPECT_THAT(text, StartsWith("permission_denied gs://bucket/folder/key: the token endpoint " +
                               Host() + " answered 400: invalid_grant"));
  EXPECT_THAT(text, Not(HasSubstr("r3fresh")));
}

TEST_F(GcsIdentityTest, AnOutsideIdentityExchangesTheTokenOfItsFile) {
  const std::string token = folder_.Write("token", R"({"id":"outside"})");
  const auto json = [&](std::string_view format, std::string_view more = {}) {
    return fmt::format(
        R"({{"type":"external_account","audience":"//iam/pool","subject_token_type":"jwt",)"
        R"("token_url":"{}","credential_source":{{"file":"{}","format":{}}}{}}})",
        google_.Url("/v1/token"), token, format, more);
  };
  const std::string as_json = R"({"type":"json","subject_token_field_name":"id"})";
  EXPECT_EQ(Who({{"credentials", json(as_json)}}), "Bearer exchanged");
  const auto form = FormOf(RequestTo("/v1/token").body);
  EXPECT_EQ(form.at("grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange");
  EXPECT_EQ(form.at("subject_token"), "outside");
  EXPECT_EQ(form.at("audience"), "//iam/pool");
  EXPECT_EQ(form.at("subject_token_type"), "jwt");
  EXPECT_EQ(form.at("scope"), "https://www.googleapis.com/auth/cloud-platform");

  EXPECT_THAT(Who({{"credentials", json(R"({"type":"json","subject_token_field_name":"other"})")}}),
              HasSubstr("' holds no token"));
  EXPECT_THAT(Who({{"credentials", json(R"({"type":"xml"})")}}), HasSubstr("is text or json"));

  const std::string acting = json(as_json, R"(,"service_account_impersonation_url":")" +
                                               AccountUrl("generateAccessToken") + '"');
  EXPECT_EQ(Who({{"credentials", acting}}), "Bearer as target by Bearer exchanged");
}

TEST_F(GcsIdentityTest, ImpersonationAsksForTheOtherAccountAndSignsAsIt) {
  const StoreOptions options = {{"credentials", UserJson()},
                                {"impersonateServiceAccount", kTarget}};
  EXPECT_EQ(Who(options), "Bearer as target by Bearer exchanged");
  const std::string path = std::string("/v1/projects/-/serviceAccounts/") + kTarget;
  EXPECT_EQ(RequestTo(path + ":generateAccessToken").body,
            R"({"scope":["https://www.googleapis.com/auth/cloud-platform"],"lifetime":"3600s"})");
  const auto ports = Open(options);
  EXPECT_EQ(SignatureOf(*ports, clock_.now + 60'000), "by Bearer exchanged");
  const auto signed_text =
      Base64Decode(TextOf(*ParseJsonObject(RequestTo(path + ":signBlob").body), "payload"));
  EXPECT_THAT(*signed_text, StartsWith("GOOG4-RSA-SHA256\n20231114T221320Z\n"
                                       "20231114/auto/storage/goog4_request\n"));
}

TEST_F(GcsIdentityTest, AFileMayActForAnotherAccountThroughDelegates) {
  const std::string file = R"({"type":"impersonated_service_account","delegates":["d@e"],)"
                           R"("service_account_impersonation_url":")" +
                           AccountUrl("generateAccessToken") + R"(","source_credentials":)" +
                           UserJson() + "}";
  EXPECT_EQ(Who({{"credentials", file}}), "Bearer as target by Bearer exchanged");
  EXPECT_THAT(
      RequestTo(std::string("/v1/projects/-/serviceAccounts/") + kTarget + ":generateAccessToken")
          .body,
      HasSubstr(R"("delegates":["d@e"])"));
  EXPECT_THAT(
      Who({{"credentials", R"({"type":"impersonated_service_account","source_credentials":{},)"
                           R"("service_account_impersonation_url":"https://h/x"})"}}),
      HasSubstr("'service_account_impersonation_url' does not end in"));
}

TEST_F(GcsIdentityTest, AMachineSignsThroughIamForTwelveHours) {
  const auto ports = Open();
  EXPECT_EQ(SignatureOf(*ports, clock_.now + 60'000), "by Bearer machine");
  RequestTo("/v1/projects/-/serviceAccounts/machine@project.iam.gserviceaccount.com:signBlob");
  const auto signer = ports->urls->SignerFor({"t", "r", clock_.now + 7 * 86'400'000LL});
  EXPECT_EQ((*signer)->scope().expires_at_ms, clock_.now + 12 * 3'600'000);
  EXPECT_TRUE((*signer)->waits());
}

TEST_F(GcsIdentityTest, WhatIamRefusesIsSaid) {
  const std::string path =
      "/v1/projects/-/serviceAccounts/machine@project.iam.gserviceaccount.com:signBlob";
  answers_[path] = {"403 Forbidden",
                    R"({"error":{"message":"Permission 'iam.serviceAccounts.signBlob' denied"}})"};
  const auto ports = Open();
  EXPECT_EQ(SignatureOf(*ports, clock_.now + 60'000),
            "permission_denied IAM's signBlob for machine@project.iam.gserviceaccount.com answered "
            "403: Permission 'iam.serviceAccounts.signBlob' denied");
  for (const char* body : {"", "[]", "{}", R"({"signedBlob":"no base64"})"}) {
    answers_[path] = {"200 OK", body};
    EXPECT_THAT(SignatureOf(*ports, clock_.now + 60'000), StartsWith("unavailable IAM")) << body;
  }
}

TEST_F(GcsIdentityTest, AnAddressThatWouldChangeAUrlIsNotTaken) {
  for (const char* email : {"", "nobody", "a@b/c:generateAccessToken", "a@b?x", "a@b\r\nc"}) {
    answers_[kMetadata + std::string("email")] = {"200 OK", email};
    EXPECT_THAT(SignatureOf(*Open(), clock_.now + 60'000),
                StartsWith("unavailable gs://bucket/folder: the metadata server"))
        << email;
  }
}

TEST_F(GcsIdentityTest, UrlsAreForTheHostThatRecipientsReach) {
  const auto ports = Open({{"credentials", ServiceAccountJson(google_.Url("/token"))},
                           {"publicEndpoint", "https://storage.example"}});
  const auto signer = ports->urls->SignerFor({"t", "r", clock_.now + 60'000});
  ASSERT_TRUE(signer) << signer.error().message;
  std::string url;
  ASSERT_TRUE((*signer)->AppendUrl("key", &url));
  EXPECT_THAT(url, StartsWith("https://storage.example/bucket/folder/key?X-Goog-Algorithm="));
  EXPECT_TRUE(ports->objects->Read("key", 100));
}

TEST_F(GcsIdentityTest, APersonCannotSign) {
  EXPECT_THAT(SignatureOf(*Open({{"credentials", UserJson()}}), clock_.now + 60'000),
              StartsWith("unsupported gs://bucket/folder: the credentials of a person"));
}

TEST_F(GcsIdentityTest, RecipientsGetATokenForTheFolderAlone) {
  answers_["/v1/token"] = {"200 OK", R"({"access_token":"narrow","token_type":"Bearer"})"};
  const auto ports = Open({{"credentials", ServiceAccountJson(google_.Url("/token"))}});
  const auto vended = ports->credentials->Vend(3'600'000);
  ASSERT_TRUE(vended) << vended.error().message;
  EXPECT_EQ(vended->kind, StoreKind::kGcs);
  EXPECT_EQ(vended->fields.size(), 1U);
  EXPECT_EQ(vended->fields.at("oauthToken"), "narrow");
  EXPECT_EQ(vended->location, "gs://bucket/folder");
  EXPECT_EQ(vended->expires_at_ms, clock_.now + 3'600'000);

  const auto form = FormOf(RequestTo("/v1/token").body);
  EXPECT_EQ(form.at("grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange");
  EXPECT_EQ(form.at("subject_token"), "exchanged");
  EXPECT_EQ(form.at("subject_token_type"), "urn:ietf:params:oauth:token-type:access_token");
  EXPECT_EQ(form.at("requested_token_type"), "urn:ietf:params:oauth:token-type:access_token");
  EXPECT_EQ(
      form.at("options"),
      R"j({"accessBoundary":{"accessBoundaryRules":[{)j"
      R"j("availableResource":"//storage.googleapis.com/projects/_/buckets/bucket",)j"
      R"j("availablePermissions":["inRole:roles/storage.objectViewer"],)j"
      R"j("availabilityCondition":{"expression":)j"
      R"j("resource.name.startsWith('projects/_/buckets/bucket/objects/folder/') || )j"
      R"j(api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('folder/')"}}]}})j");
}

TEST_F(GcsIdentityTest, TheConditionHoldsForFoldersOfAnyName) {
  const auto backend = MakeGcs({{"credentials", ServiceAccountJson(google_.Url("/token"))},
                                {"endpoint", google_.Url("")},
                                {"stsEndpoint", google_.Url("")}},
                               machine_.here);
  ASSERT_TRUE(backend) << backend.error().message;
  const auto options_of = [&](std::string_view location) {
    const auto ports = (*backend)->Open(ParseLocation(location).value());
    EXPECT_TRUE(ports->credentials->Vend(60'000));
    return FormOf(google_.requests().back().body).at("options");
  };
  // As JSON has it: each backslash of the expression twice.
  EXPECT_THAT(options_of("gs://bucket/it's \\ \xC3\xA9\n"), HasSubstr(R"(.startsWith('it\\'s \\\\ )"
                                                                      "\xC3\xA9"
                                                                      R"(\\x0a/'))"));
  EXPECT_THAT(options_of("gs://bucket"), Not(HasSubstr("availabilityCondition")));
}

TEST_F(GcsIdentityTest, ATokenThatEndsSoonIsNotHandedOn) {
  const auto ports = Open({{"credentials", ServiceAccountJson(google_.Url("/token"))}});
  ASSERT_TRUE(ports->credentials->Vend(3'600'000));
  clock_.now += 40 * 60'000;
  const auto later = ports->credentials->Vend(3'600'000);
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->expires_at_ms, clock_.now + 3'600'000);

  answers_["/v1/token"] = {"400 Bad Request",
                           R"({"error":"invalid_request","error_description":"bad boundary"})"};
  const auto refused = ports->credentials->Vend(3'600'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(refused.error().message,
            "gs://bucket/folder: the Security Token Service answered 400: invalid_request: bad "
            "boundary");
  EXPECT_EQ(Open({{"anonymous", "true"}})->credentials, nullptr);
}

}  // namespace
}  // namespace sluice::storage
