// What the grants of a recipient do to answers. Clients and whole files are in tests/e2e.
#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kTable = "/shares/sales/schemas/s/tables/t";

std::vector<std::string> NamesOf(const http::TestAnswer& answer) {
  std::vector<std::string> names;
  const auto json = boost::json::parse(answer.body);
  for (const auto& item : json.at("items").as_array()) {
    names.emplace_back(item.at("name").as_string());
  }
  return names;
}

TEST_F(ServiceTest, AGrantOnATableShowsTheWayToItAlone) {
  const auto list = [&](std::string_view path) {
    return NamesOf(Ask("GET", path, "", "", "table"));
  };
  EXPECT_THAT(list("/shares"), testing::ElementsAre("sales"));
  EXPECT_THAT(list("/shares/sales/schemas"), testing::ElementsAre("s"));
  EXPECT_THAT(list("/shares/SALES/schemas/S/tables"), testing::ElementsAre("t"));
  EXPECT_THAT(list("/shares/sales/all-tables"), testing::ElementsAre("t"));
  EXPECT_EQ(Query("t", "{}", "", "table").status, 200);
  for (const char* hidden : {"big", "none"}) {
    const auto answer = Query(hidden, "{}", "", "table");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(Message(answer), fmt::format("table 'sales.s.{}' does not exist", hidden));
  }
  EXPECT_EQ(Message(Ask("GET", "/shares/sales/schemas/Other/tables", "", "", "table")),
            "schema 'sales.Other' does not exist");
  const auto records = server_->sink.WaitFor(8);
  EXPECT_EQ(records[4].denied, "");
  EXPECT_EQ(records[5].denied, "no grant on table sales.s.big");
  EXPECT_EQ(records[7].denied, "no grant on schema sales.Other");
}

TEST_F(ServiceTest, ARowFilterLeavesItsFilesAlone) {
  const auto lines = Lines(Query("t", "{}", "", "rows"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].at("metaData").at("numFiles").as_int64(), 1);
  EXPECT_EQ(lines[1].at("metaData").at("size").as_int64(), 110);
  EXPECT_EQ(lines[2].at("file").at("partitionValues").at("p").as_string(), "a b");
  const auto own = Lines(Ask("GET", kTable + "/metadata", "", "", "rows"));
  EXPECT_EQ(own[1].at("metaData").at("numFiles").as_int64(), 1);
  const auto all = Lines(Query("t"));
  EXPECT_EQ(all[1].at("metaData").at("numFiles").as_int64(), 2);
  // The removed file does not say which partition it was in.
  for (const auto& answer : {Query("t", R"({"startingVersion":1})", "", "rows"),
                             Query("t", R"({"startingVersion":2})", "", "rows")}) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, Not(HasSubstr("two.parquet")));
    EXPECT_THAT(answer.body, Not(HasSubstr("filter")));
  }
  const auto followed = Query("t", R"({"startingVersion":1,"endingVersion":1})", "", "rows");
  EXPECT_EQ(followed.status, 200) << followed.body;
  EXPECT_THAT(followed.body, Not(HasSubstr("three.parquet")));
  const auto records = server_->sink.WaitFor(6);
  EXPECT_THAT(records[3].denied, HasSubstr("has no partition values"));
}

TEST_F(ServiceTest, AFilteredTableIsAnsweredAtOnce) {
  const auto jobs = jobs::JobStore::Open({});
  ASSERT_TRUE(jobs);
  Start({.jobs = jobs->get()});
  const std::string later = "delta-sharing-capabilities: asyncquery=true\r\n";
  const auto whole = Query("t", "{}", later, "table");
  EXPECT_THAT(whole.body, HasSubstr("queryStatus"));
  const auto lines = Lines(Query("t", "{}", later, "rows"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[2].at("file").at("partitionValues").at("p").as_string(), "a b");
  Start({});
}

TEST_F(ServiceTest, ARecipientComesFromItsNetworks) {
  const auto answer = Ask("GET", "/shares", "", "", "far");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(Code(answer), "PERMISSION_DENIED");
  EXPECT_THAT(answer.body, Not(HasSubstr("192.0.2")));
  const auto record = server_->sink.WaitFor(1).front();
  EXPECT_EQ(record.recipient, "of far");
  EXPECT_THAT(record.denied, HasSubstr("in none of the networks of recipient of far"));
}

TEST_F(ServiceTest, ARecipientWithALimitIsToldWhenToComeBack) {
  for (const char* target :
       {"/shares", "/shares/sales", "/shares/sales/schemas/s/tables/t/version"}) {
    EXPECT_EQ(Ask("GET", target, "", "", "few").status, 200);
  }
  for (const char* target : {"/shares", "/shares/sales/schemas/s/tables/t/version"}) {
    const auto refused = Ask("GET", target, "", "", "few");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(Code(refused), "TOO_MANY_REQUESTS");
    EXPECT_EQ(refused.Get("retry-after"), "20");
  }
  EXPECT_EQ(Ask("GET", "/shares").status, 200);
  clock_.now += 20'000;
  EXPECT_EQ(Ask("GET", "/shares", "", "", "few").status, 200);
  EXPECT_EQ(Ask("GET", "/shares", "", "", "few").status, 429);
  EXPECT_THAT(server_->sink.WaitFor(4)[3].denied, HasSubstr("3 requests a minute"));
}

}  // namespace
}  // namespace sluice::api
