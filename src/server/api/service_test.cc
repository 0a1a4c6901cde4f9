#include "server/api/service.h"

#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(ServiceTest, AuthenticationComesFirst) {
  for (const std::string token : {"", "wrong", "old"}) {
    const auto answer = Ask("GET", "/shares", "", "", token);
    EXPECT_EQ(answer.status, 401) << token;
    EXPECT_EQ(Code(answer), "UNAUTHENTICATED");
    EXPECT_THAT(answer.Get("www-authenticate"), HasSubstr("Bearer"));
    EXPECT_THAT(answer.body, Not(HasSubstr("wrong")));
  }
  EXPECT_THAT(Message(Ask("GET", "/shares", "", "", "old")), HasSubstr("expired"));
  EXPECT_EQ(Ask("GET", "/shares", "Authorization: Basic YWxs\r\n", "", "").status, 401);
  const auto records = server_->sink.WaitFor(5);
  EXPECT_FALSE(records[0].denied.empty());
  EXPECT_EQ(records[0].endpoint, "list_shares");
}

TEST_F(ServiceTest, AnonymousMayReadWhereConfigured) {
  Start({.anonymous = true});
  EXPECT_EQ(Ask("GET", "/shares", "", "", "").status, 200);
}

TEST_F(ServiceTest, UnknownPathsAndWrongMethods) {
  EXPECT_EQ(Code(Ask("GET", "/nothing")), "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(AskRaw("GET", "/elsewhere").status, 404);
  EXPECT_EQ(AskRaw("GET", "/delta-sharings/shares").status, 404);
  const auto wrong = Ask("DELETE", "/shares");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.Get("allow"), HasSubstr("GET"));
  EXPECT_EQ(Ask("GET", "/shares/%zz").status, 400);
}

TEST_F(ServiceTest, DoubledSlashesAreForgiven) {
  EXPECT_EQ(Ask("GET", "//shares").status, 200);
  EXPECT_EQ(Ask("GET", "/shares/sales//schemas/").status, 200);
  EXPECT_EQ(AskRaw("GET", "//delta-sharing/shares", "Authorization: Bearer all\r\n").status, 200);
}

TEST_F(ServiceTest, ThePrefixMayBeEmpty) {
  Start({.prefix = ""});
  EXPECT_EQ(AskRaw("GET", "/shares", "Authorization: Bearer all\r\n").status, 200);
}

TEST_F(ServiceTest, HealthAndMetrics) {
  EXPECT_EQ(AskRaw("GET", "/health").body, R"({"status":"ok"})");
  EXPECT_EQ(AskRaw("HEAD", "/health").status, 200);
  Ask("GET", "/shares");
  server_->sink.WaitFor(3);
  EXPECT_EQ(AskRaw("GET", "/metrics").status, 200);
  Start({.metrics = MetricsAccess::kNobody});
  EXPECT_EQ(AskRaw("GET", "/metrics").status, 404);
}

TEST_F(ServiceTest, TheDescriptionNeedsNoTokenAndKnowsThePrefix) {
  for (const char* target : {"/openapi.json", "/delta-sharing/openapi.json"}) {
    const auto answer = AskRaw("GET", target);
    ASSERT_EQ(answer.status, 200) << target;
    const auto document = boost::json::parse(answer.body);
    EXPECT_EQ(document.at_pointer("/servers/0/url"), "/delta-sharing");
    EXPECT_EQ(AskRaw("HEAD", target).status, 200);
    const auto wrong = AskRaw("POST", target);
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.Get("allow"), "GET, HEAD");
  }
  Start({.prefix = ""});
  const auto document = boost::json::parse(AskRaw("GET", "/openapi.json").body);
  EXPECT_EQ(document.at_pointer("/servers/0/url"), "/");
}

TEST_F(ServiceTest, EveryAnswerHasARequestId) {
  for (const char* target : {"/health", "/nothing", "/delta-sharing/shares"}) {
    EXPECT_FALSE(AskRaw("GET", target).Get("x-request-id").empty()) << target;
  }
}

TEST_F(ServiceTest, TheAccessLogSaysWhoReadWhat) {
  Query("t");
  const auto record = server_->sink.WaitFor(1).front();
  EXPECT_EQ(record.endpoint, "query_table");
  EXPECT_EQ(record.recipient, "of all");
  EXPECT_EQ(record.table, "sales.s.t");
  EXPECT_EQ(record.version, 2);
  EXPECT_EQ(record.files, 2);
  EXPECT_EQ(record.status, 200);
  EXPECT_TRUE(record.denied.empty());
}

TEST(ErrorTable, LastingDamageIsNeverA5xx) {
  for (const ErrorKind kind : {ErrorKind::kCorrupt, ErrorKind::kDataMissing}) {
    EXPECT_EQ(ShapeOf(kind).status, 400);
    const std::string text = PublicMessage({kind, "/secret/path"}, "id-1");
    EXPECT_THAT(text, HasSubstr("id-1"));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(ShapeOf(ErrorKind::kInternal).status, 500);
  EXPECT_THAT(PublicMessage({ErrorKind::kInternal, "/secret"}, "x"), Not(HasSubstr("secret")));
  EXPECT_EQ(OfTable({ErrorKind::kNotFound, "x"}, "/t").kind, ErrorKind::kDataMissing);
  EXPECT_EQ(OfTable({ErrorKind::kTooLarge, "x"}, "/t").kind, ErrorKind::kCorrupt);
  EXPECT_EQ(OfTable({ErrorKind::kUnavailable, "x"}, "/t").kind, ErrorKind::kUnavailable);
  EXPECT_THAT(OfTable({ErrorKind::kInvalidArgument, "/t/a: no version 3"}, "/t").message,
              Not(HasSubstr("/t/")));
}

}  // namespace
}  // namespace sluice::api
