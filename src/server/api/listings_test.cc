#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Names(const http::TestAnswer& answer) {
  std::vector<std::string> names;
  const auto json = boost::json::parse(answer.body);
  for (const auto& item : json.at("items").as_array()) {
    names.emplace_back(item.at("name").as_string());
  }
  return names;
}

std::string NextToken(const http::TestAnswer& answer) {
  const auto json = boost::json::parse(answer.body);
  const auto* token = json.as_object().if_contains("nextPageToken");
  return token == nullptr ? "" : std::string(token->as_string());
}

TEST_F(ServiceTest, SharesAreThoseOfTheRecipient) {
  EXPECT_THAT(Names(Ask("GET", "/shares")), ElementsAre("Hidden", "sales"));
  const auto filtered = Ask("GET", "/shares", "", "", "sales");
  EXPECT_THAT(Names(filtered), ElementsAre("sales"));
  EXPECT_EQ(filtered.Get("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(NextToken(filtered), "");
}

TEST_F(ServiceTest, WhatIsNotGrantedDoesNotExist) {
  for (const char* below : {"", "/schemas", "/all-tables", "/schemas/s/tables",
                            "/schemas/s/tables/t/version", "/schemas/s/tables/t/metadata"}) {
    const auto hidden = Ask("GET", fmt::format("/shares/Hidden{}", below), "", "", "sales");
    const auto absent = Ask("GET", fmt::format("/shares/Absent{}", below), "", "", "sales");
    EXPECT_EQ(hidden.status, 404) << below;
    EXPECT_EQ(absent.status, 404) << below;
    EXPECT_EQ(Code(hidden), "RESOURCE_DOES_NOT_EXIST");
    std::string same = Message(hidden);
    same.replace(same.find("Hidden"), 6, "Absent");
    EXPECT_EQ(same, Message(absent));
  }
  EXPECT_THAT(server_->sink.WaitFor(12).front().denied, HasSubstr("no grant on share Hidden"));
}

TEST_F(ServiceTest, GetShareInAnyCase) {
  const auto answer = Ask("GET", "/shares/HIDDEN");
  EXPECT_EQ(boost::json::parse(answer.body).at("share").at("name").as_string(), "Hidden");
}

TEST_F(ServiceTest, SchemasAndTables) {
  EXPECT_THAT(Names(Ask("GET", "/shares/sales/schemas")), ElementsAre("Other", "s"));
  EXPECT_THAT(Names(Ask("GET", "/shares/sales/schemas/S/tables")),
              ElementsAre("away", "big", "clone", "damaged", "dv", "future", "gone", "none", "t"));
  EXPECT_EQ(Ask("GET", "/shares/sales/schemas/x/tables").status, 404);
  const auto all = Ask("GET", "/shares/sales/all-tables");
  EXPECT_EQ(Names(all).size(), 10U);
  const auto json = boost::json::parse(all.body);
  int with_id = 0;
  for (const auto& item : json.at("items").as_array()) {
    if (item.as_object().contains("id")) ++with_id;
  }
  EXPECT_EQ(with_id, 1);
}

TEST_F(ServiceTest, PagesCoverEverythingOnce) {
  for (const int size : {1, 2, 4, 9, 500}) {
    std::vector<std::string> seen;
    std::string token;
    int pages = 0;
    do {
      const auto page = Ask(
          "GET", fmt::format("/shares/sales/all-tables?maxResults={}&pageToken={}", size, token));
      ASSERT_EQ(page.status, 200) << page.body;
      const auto names = Names(page);
      EXPECT_LE(names.size(), static_cast<std::size_t>(size));
      seen.insert(seen.end(), names.begin(), names.end());
      token = NextToken(page);
    } while (!token.empty() && ++pages < 20);
    EXPECT_THAT(seen, ElementsAre("t", "away", "big", "clone", "damaged", "dv", "future", "gone",
                                  "none", "t"))
        << size;
  }
}

TEST_F(ServiceTest, APageOfNoneContinuesFromTheBeginning) {
  const auto none = Ask("GET", "/shares/sales/schemas?maxResults=0");
  EXPECT_TRUE(Names(none).empty());
  EXPECT_THAT(Names(Ask("GET", "/shares/sales/schemas?pageToken=" + NextToken(none))),
              ElementsAre("Other", "s"));
}

TEST_F(ServiceTest, PageTokensAreBoundToTheirRequestAndRecipientAndExpire) {
  const std::string token = NextToken(Ask("GET", "/shares/sales/schemas?maxResults=1"));
  const std::string again = "/shares/sales/schemas?pageToken=" + token;
  EXPECT_THAT(Names(Ask("GET", again)), ElementsAre("s"));
  EXPECT_THAT(Names(Ask("GET", "/shares/SALES/schemas?pageToken=" + token)), ElementsAre("s"));
  for (const auto& answer :
       {Ask("GET", again, "", "", "sales"), Ask("GET", "/shares?pageToken=" + token),
        Ask("GET", "/shares/Hidden/schemas?pageToken=" + token), Ask("GET", again + "A"),
        Ask("GET", "/shares/sales/schemas?pageToken=nonsense"),
        Ask("GET", "/shares/sales/schemas?maxResults=501"),
        Ask("GET", "/shares/sales/schemas?maxResults=-1"),
        Ask("GET", "/shares/sales/schemas?maxResults=x")}) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE");
  }
  clock_.now += service_->options().page_token_lifetime_ms + 1;
  const auto late = Ask("GET", again);
  EXPECT_EQ(late.status, 400);
  EXPECT_THAT(Message(late), HasSubstr("expired"));
}

}  // namespace
}  // namespace sluice::api
