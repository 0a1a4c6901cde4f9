// Every way to keys, as a request to a store shows which was taken.
#include "storage/s3/credentials.h"

#include <gmock/gmock.h>

#include <mutex>

#include "base/uri.h"
#include "storage/s3/s3_test_util.h"

namespace sluice::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string KeyJson(std::string_view id, std::string_view token_name = "Token") {
  return fmt::format(R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"hidden",)"
                     R"("{}":"token","Expiration":"2026-03-01T13:00:00Z","Version":1}})",
                     id, token_name);
}

std::string StsXml(std::string_view action, std::string_view id) {
  return fmt::format(
      "<{0}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{0}Result><Credentials>"
      "<AccessKeyId>{1}</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>token"
      "</SessionToken><Expiration>2026-03-01T13:00:00Z</Expiration></Credentials></{0}Result>"
      "</{0}Response>",
      action, id);
}

class CredentialsTest : public ::testing::Test {
 protected:
  /// The access key that a request was signed with, or the error.
  std::string Found(StoreOptions options = {}) {
    options.emplace("endpoint", store_.Url(""));
    options.emplace("stsEndpoint", sts_.Url(""));
    const auto ports = OpenTable(options, machine_);
    if (!ports) return ports.error().message;
    const auto read = ports->objects->Read("object", 100);
    if (!read) return std::string(KindName(read.error().kind)) + " " + read.error().message;
    return SignerOf(store_.requests().back());
  }
  /// The fields of the last form that STS got.
  std::map<std::string, std::string> Form() const {
    std::map<std::string, std::string> out;
    const std::string body = sts_.requests().back().body;
    for (std::size_t begin = 0; begin < body.size();) {
      const std::size_t end = std::min(body.find('&', begin), body.size());
      const std::string field = body.substr(begin, end - begin);
      const std::size_t equals = field.find('=');
      out[field.substr(0, equals)] = *PercentDecode(field.substr(equals + 1));
      begin = end + 1;
    }
    return out;
  }
  void Config(std::string_view text) { machine_.Write(".aws/config", text); }

  TestMachine machine_;
  net::TestServer store_{
      [](const net::TestRequest&, net::TestConnection& out) { out.Answer("200 OK", "bytes"); }};
  net::TestServer sts_{[](const net::TestRequest& request, net::TestConnection& out) {
    const bool web = request.body.starts_with("Action=AssumeRoleWithWebIdentity&");
    const std::string as = SignerOf(request);
    if (request.body.find("refused") != std::string::npos) {
      return out.Answer("403 Forbidden",
                        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not this role."
                        "</Message></Error></ErrorResponse>");
    }
    out.Answer("200 OK", web ? StsXml("AssumeRoleWithWebIdentity", "WEB")
                             : StsXml("AssumeRole", "ROLE-BY-" + as));
  }};
};

TEST_F(CredentialsTest, OptionsThenEnvironmentThenProfile) {
  Config("[default]\naws_access_key_id = PROFILE\naws_secret_access_key = s\n");
  EXPECT_EQ(Found(), "PROFILE");
  machine_.variables["AWS_ACCESS_KEY_ID"] = "ENV";
  EXPECT_THAT(Found(), AllOf(StartsWith("permission_denied"), HasSubstr("AWS_SECRET_ACCESS_KEY")));
  machine_.variables["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(Found(), "ENV");
  EXPECT_EQ(Found({{"accessKeyId", "OPTION"}, {"secretAccessKey", "s"}}), "OPTION");
  EXPECT_EQ(Found({{"profile", "default"}}), "PROFILE");
  const std::string file = machine_.Write("secret", "s\n");
  EXPECT_EQ(Found({{"accessKeyId", "FILE"}, {"secretAccessKeyFile", file}}), "FILE");
}

TEST_F(CredentialsTest, WithoutAnyTheErrorListsWhatWasTried) {
  EXPECT_THAT(Found(),
              AllOf(StartsWith("permission_denied s3://bucket/table/object: no AWS credentials"),
                    HasSubstr("AWS_ACCESS_KEY_ID is not set"),
                    HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE is not set"),
                    HasSubstr("no profile 'default' in "), HasSubstr("/.aws/credentials"),
                    HasSubstr("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                    HasSubstr("AWS_EC2_METADATA_DISABLED is true")));
  EXPECT_TRUE(store_.requests().empty());
}

TEST_F(CredentialsTest, ProfilesOfBothFiles) {
  const std::string config = machine_.Write(
      "config",
      "# a comment\n[default]\nregion = eu-west-1 ; the office\ns3 =\n  max = 1\n"
      "[profile \"with blank\"]\naws_access_key_id=BLANK\naws_secret_access_key=s#x\n"
      "[services x]\naws_access_key_id=NO\n[profile both]\naws_access_key_id=CONFIG\n");
  const std::string credentials = machine_.Write(
      "credentials", "[both]\r\naws_access_key_id = CREDENTIALS\r\naws_secret_access_key = s\r\n");
  machine_.variables["AWS_CONFIG_FILE"] = config;
  machine_.variables["AWS_SHARED_CREDENTIALS_FILE"] = credentials;
  machine_.variables["AWS_PROFILE"] = "with blank";
  EXPECT_EQ(Found(), "BLANK");
  machine_.variables["AWS_PROFILE"] = "both";
  EXPECT_EQ(Found(), "CREDENTIALS");
  machine_.variables["AWS_PROFILE"] = "services x";
  EXPECT_THAT(Found(), HasSubstr("no profile 'services x' in " + config + " and " + credentials));
  machine_.Write("config", "[default\n");
  EXPECT_THAT(Found(), HasSubstr(config + ": line 1: the ']' is missing"));
  machine_.Write("config", "[default]\nnothing\n");
  EXPECT_THAT(Found(), HasSubstr("line 2: neither"));
}

TEST_F(CredentialsTest, AProfilesRoleIsAssumedWithItsSource) {
  Config(
      "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
      "external_id = e x\nrole_session_name = me\n"
      "[profile base]\naws_access_key_id=BASE\naws_secret_access_key=s\n"
      "[profile twice]\nrole_arn = second\nsource_profile = role\n"
      "[profile self]\nrole_arn = r\nsource_profile = self\naws_access_key_id=SELF\n"
      "aws_secret_access_key=s\n"
      "[profile a]\nrole_arn = r\nsource_profile = b\n"
      "[profile b]\nrole_arn = r\nsource_profile = a\n"
      "[profile env]\nrole_arn = r\ncredential_source = Environment\n"
      "[profile lost]\nrole_arn = r\nsource_profile = nowhere\n"
      "[profile alone]\nrole_arn = r\n"
      "[profile denied]\nrole_arn = refused\nsource_profile = base\n"
      "[profile mfa]\nrole_arn = r\nsource_profile = base\nmfa_serial = 1\n"
      "[profile sso]\nsso_session = x\n[profile empty]\nregion = eu\n");
  EXPECT_EQ(Found({{"profile", "role"}}), "ROLE-BY-BASE");
  EXPECT_EQ(Form()["RoleArn"], "arn:aws:iam::1:role/r");
  EXPECT_EQ(Form()["ExternalId"], "e x");
  EXPECT_EQ(Form()["RoleSessionName"], "me");
  EXPECT_EQ(store_.requests().back().headers.at("x-amz-security-token"), "token");
  EXPECT_EQ(Found({{"profile", "twice"}}), "ROLE-BY-ROLE-BY-BASE");
  EXPECT_EQ(Found({{"profile", "self"}}), "ROLE-BY-SELF");
  EXPECT_THAT(Found({{"profile", "a"}}), HasSubstr("'a' is its own source_profile"));
  EXPECT_THAT(Found({{"profile", "env"}}), HasSubstr("AWS_ACCESS_KEY_ID is not set"));
  EXPECT_THAT(Found({{"profile", "lost"}}), HasSubstr("no profile 'nowhere'"));
  EXPECT_THAT(Found({{"profile", "alone"}}), HasSubstr("neither source_profile nor"));
  EXPECT_THAT(Found({{"profile", "denied"}}),
              AllOf(StartsWith("permission_denied"), HasSubstr("AssumeRole of 'refused'"),
                    HasSubstr("403 AccessDenied: Not this role.")));
  EXPECT_THAT(Found({{"profile", "mfa"}}), HasSubstr("mfa_serial"));
  EXPECT_THAT(Found({{"profile", "sso"}}), HasSubstr("export-credentials --profile sso'"));
  EXPECT_THAT(Found({{"profile", "empty"}}), HasSubstr("'empty' in "));
}

TEST_F(CredentialsTest, AProcessPrintsKeys) {
  const std::string json = machine_.Write("keys.json", KeyJson("PROCESS", "SessionToken"));
  Config("[default]\ncredential_process = cat '" + json +
         "'\n"
         "[profile fails]\ncredential_process = echo secret-output; echo why >&2; exit 3\n"
         "[profile prints]\ncredential_process = echo secret-output\n");
  EXPECT_EQ(Found(), "PROCESS");
  EXPECT_EQ(store_.requests().back().headers.at("x-amz-security-token"), "token");
  EXPECT_THAT(Found({{"profile", "fails"}}),
              AllOf(HasSubstr("code 3: why"), Not(HasSubstr("secret-output"))));
  EXPECT_THAT(Found({{"profile", "prints"}}),
              AllOf(HasSubstr("printed no keys"), Not(HasSubstr("secret-output"))));
}

TEST_F(CredentialsTest, AWebIdentity) {
  const std::string file = machine_.Write("token", "a.jwt.token\n");
  machine_.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = file;
  EXPECT_THAT(Found(), HasSubstr("AWS_ROLE_ARN is not"));
  machine_.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/pod";
  EXPECT_EQ(Found(), "WEB");
  EXPECT_EQ(Form()["WebIdentityToken"], "a.jwt.token");
  EXPECT_EQ(Form()["RoleArn"], "arn:aws:iam::1:role/pod");
  EXPECT_EQ(SignerOf(sts_.requests().back()), "");
  Config("[default]\nrole_arn = of-profile\nweb_identity_token_file = " + file + "\n");
  EXPECT_EQ(Found({{"profile", "default"}}), "WEB");
  EXPECT_EQ(Form()["RoleArn"], "of-profile");
  machine_.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere/token";
  EXPECT_THAT(Found(), HasSubstr("'/nowhere/token' cannot be read"));
}

TEST_F(CredentialsTest, TheOptionsRoleIsAssumed) {
  EXPECT_EQ(Found({{"accessKeyId", "OPTION"},
                   {"secretAccessKey", "s"},
                   {"roleArn", "arn:aws:iam::1:role/r"},
                   {"externalId", "x"}}),
            "ROLE-BY-OPTION");
  EXPECT_EQ(Form()["ExternalId"], "x");
  EXPECT_EQ(Form()["RoleSessionName"], "sluice");
}

TEST_F(CredentialsTest, AContainer) {
  std::string expected_token;
  net::TestServer service([&](const net::TestRequest& request, net::TestConnection& out) {
    const auto token = request.headers.find("authorization");
    if (token == request.headers.end() || token->second != expected_token) {
      return out.Answer("401 Unauthorized", "");
    }
    out.Answer("200 OK", KeyJson("CONTAINER"));
  });
  machine_.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = service.Url("/v1");
  EXPECT_THAT(Found(), AllOf(StartsWith("permission_denied"), HasSubstr("answered 401")));
  expected_token = "of the variable";
  machine_.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = expected_token;
  EXPECT_EQ(Found(), "CONTAINER");
  expected_token = "of the file";
  machine_.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] =
      machine_.Write("token", expected_token + "\n");
  EXPECT_EQ(Found(), "CONTAINER");
}

TEST_F(CredentialsTest, AContainersTokenGoesToNoOtherHost) {
  machine_.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "hidden";
  for (const char* url :
       {"http://203.0.113.1/v1", "http://127.evil.example/", "http://localhost.x/",
        "http://169.254.170.2.example/", "http://169.254.169.254/x"}) {
    machine_.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_THAT(Found(), HasSubstr("without TLS")) << url;
  }
  machine_.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "file:///etc/hostname";
  EXPECT_THAT(Found(), HasSubstr("is no http:// or https:// URL"));
  machine_.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = ".evil.example/";
  EXPECT_THAT(Found(), HasSubstr("does not begin with '/'"));
}

TEST_F(CredentialsTest, AnInstance) {
  net::TestServer service([](const net::TestRequest& request, net::TestConnection& out) {
    if (request.method == "PUT" && request.target == "/latest/api/token" &&
        request.headers.at("x-aws-ec2-metadata-token-ttl-seconds") == "21600") {
      return out.Answer("200 OK", "session");
    }
    if (request.headers.find("x-aws-ec2-metadata-token") == request.headers.end()) {
      return out.Answer("401 Unauthorized", "");
    }
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    if (request.target == roles) return out.Answer("200 OK", "a-role\n");
    if (request.target == roles + "a-role") return out.Answer("200 OK", KeyJson("INSTANCE"));
    out.Answer("404 Not Found", "");
  });
  machine_.variables.erase("AWS_EC2_METADATA_DISABLED");
  machine_.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = service.Url("/");
  EXPECT_EQ(Found(), "INSTANCE");
}

TEST_F(CredentialsTest, AMachineThatIsNoInstanceIsToldSoon) {
  machine_.variables.erase("AWS_EC2_METADATA_DISABLED");
  {
    const net::TestServer gone([](const net::TestRequest&, net::TestConnection&) {});
    machine_.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = gone.Url("");
  }
  EXPECT_THAT(Found(), AllOf(StartsWith("permission_denied"), HasSubstr("no metadata service")));
  net::TestServer other([](const net::TestRequest&, net::TestConnection& out) {
    out.Answer("404 Not Found", "a router's page");
  });
  machine_.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = other.Url("");
  EXPECT_THAT(Found(), HasSubstr("gave no token (404)"));
}

TEST_F(CredentialsTest, UrlsEndWithTheKeysThatSignedThem) {
  const std::string json = machine_.Write("keys.json", KeyJson("PROCESS"));
  Config("[default]\ncredential_process = cat '" + json + "'\n");
  const Ports ports = *OpenTable({{"endpoint", store_.Url("")}}, machine_);
  SigningScope scope;
  scope.expires_at_ms = machine_.clock.now_ms + 2 * 3'600'000;
  const auto signer = ports.urls->SignerFor(scope);
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->scope().expires_at_ms, *ParseTimestamp("2026-03-01T13:00:00Z"));
  std::string url;
  ASSERT_TRUE((*signer)->AppendUrl("f", &url));
  EXPECT_THAT(url, HasSubstr("&X-Amz-Expires=3600&X-Amz-Security-Token=token&"));
}

TEST_F(CredentialsTest, KeysKeepTheirOwnerWhenTheyAreRenewed) {
  struct Source final : KeySource {
    explicit Source(std::string name) : id(std::move(name)) {}
    Result<Expiring<AwsKey>> Fetch() const override {
      if (!there) return Fail(ErrorKind::kNotFound, "no {}", id);
      return Expiring<AwsKey>{{id, "s", ""}};
    }
    std::string id;
    bool there = true;
  };
  const auto first = std::make_shared<Source>("first");
  const auto second = std::make_shared<Source>("second");
  first->there = false;
  const auto chain = MakeKeyChain({first, second});
  EXPECT_EQ(chain->Fetch()->value.access_key_id, "second");
  first->there = true;
  EXPECT_EQ(chain->Fetch()->value.access_key_id, "second");
  second->there = false;
  EXPECT_EQ(chain->Fetch().error().kind, ErrorKind::kUnavailable);
}

TEST_F(CredentialsTest, RecipientsGetAPartOfTheRole) {
  StoreOptions options = {
      {"endpoint", store_.Url("")}, {"accessKeyId", "OPTION"}, {"secretAccessKey", "s"}};
  const auto vend = [&](std::int64_t validity_ms) {
    return OpenTable(options, machine_, "s3://bucket/a b/100%*")->credentials->Vend(validity_ms);
  };
  const auto none = vend(3'600'000);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(none.error().message, HasSubstr("roleArn"));

  options["stsEndpoint"] = sts_.Url("");
  options["roleArn"] = "arn:aws-cn:iam::1:role/r";
  const auto keys = vend(2 * 3'600'000);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->kind, StoreKind::kS3);
  EXPECT_EQ(keys->fields.at("accessKeyId"), "ROLE-BY-OPTION");
  EXPECT_EQ(keys->fields.at("secretAccessKey"), "hidden");
  EXPECT_EQ(keys->fields.at("sessionToken"), "token");
  EXPECT_EQ(keys->location, "s3://bucket/a b/100%*");
  EXPECT_EQ(keys->expires_at_ms, *ParseTimestamp("2026-03-01T13:00:00Z"));
  EXPECT_EQ(Form()["DurationSeconds"], "7200");
  EXPECT_EQ(Form()["Policy"],
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],)"
            R"("Resource":["arn:aws-cn:s3:::bucket/a b/100%${*}/*"]},{"Effect":"Allow",)"
            R"("Action":["s3:ListBucket"],"Resource":["arn:aws-cn:s3:::bucket"],)"
            R"("Condition":{"StringLike":{"s3:prefix":["a b/100%${*}/*"]}}}]})");
  EXPECT_TRUE(vend(1'000));
  EXPECT_EQ(Form()["DurationSeconds"], "900");
  options["sessionToken"] = "of a role";
  EXPECT_TRUE(vend(2 * 3'600'000));
  EXPECT_EQ(Form()["DurationSeconds"], "3600");
}

}  // namespace
}  // namespace sluice::storage
