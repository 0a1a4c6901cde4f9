// Hints of a query, from the wire to the files of the answer.
#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The table t gets a fourth version of four files with statistics: id 0 to 9, 10 to 19, 20 to 29
/// in the partitions a, b, c, and one without statistics in d.
class HintsTest : public ServiceTest {
 protected:
  HintsTest() {
    std::string commit = R"({"remove":{"path":"p=a%20b/one.parquet","dataChange":true}})"
                         "\n"
                         R"({"remove":{"path":"three.parquet","dataChange":true}})"
                         "\n";
    for (int i = 0; i < 3; ++i) {
      commit += fmt::format(
          R"({{"add":{{"path":"{0}.parquet","partitionValues":{{"p":"{0}"}},"size":1,"modificationTime":{1},)"
          R"("dataChange":true,"stats":"{{\"numRecords\":10,\"minValues\":{{\"id\":{1}}},)"
          R"(\"maxValues\":{{\"id\":{2}}},\"nullCount\":{{\"id\":0}}}}"}}}})"
          "\n",
          static_cast<char>('a' + i), i * 10, i * 10 + 9);
    }
    commit +=
        R"({"add":{"path":"d.parquet","partitionValues":{"p":"d"},"size":1,"modificationTime":99,"dataChange":true}})"
        "\n";
    WriteCommit("t", 3, commit);
  }

  /// The partitions of the files that an answer names.
  std::vector<std::string> FilesOf(const http::TestAnswer& answer) {
    std::vector<std::string> files;
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& line : Lines(answer)) {
      const auto& object = line.as_object();
      if (!object.contains("file")) continue;
      const auto* file = &object.at("file").as_object();
      if (file->contains("deltaSingleAction")) {
        file = &file->at("deltaSingleAction").at("add").as_object();
      }
      files.emplace_back(file->at("partitionValues").at("p").as_string());
    }
    return files;
  }
  std::vector<std::string> Ask(const boost::json::value& body, const std::string& headers = "") {
    return FilesOf(Query("t", boost::json::serialize(body), headers));
  }
  std::vector<std::string> Sql(std::string_view hint) { return Ask({{"predicateHints", {hint}}}); }
  std::vector<std::string> Json(std::string_view hint) {
    return Ask({{"jsonPredicateHints", hint}});
  }

  static std::string Comparison(std::string_view op, std::string_view name, std::string_view value,
                                std::string_view type) {
    return boost::json::serialize(
        boost::json::value{{"op", op},
                           {"children",
                            {{{"op", "column"}, {"name", name}, {"valueType", type}},
                             {{"op", "literal"}, {"value", value}, {"valueType", type}}}}});
  }

  const std::vector<std::string> all_{"a", "b", "c", "d"};
};

TEST_F(HintsTest, HintsOfAllFormsSkipFiles) {
  EXPECT_EQ(Ask(boost::json::object{}), all_);
  EXPECT_THAT(Sql("id > 15"), ElementsAre("b", "c", "d"));
  EXPECT_THAT(Sql("15 < ID AND p <> 'd'"), ElementsAre("b", "c"));
  EXPECT_THAT(Sql("p IN ('a', 'd')"), ElementsAre("a", "d"));
  EXPECT_THAT(Json(Comparison("greaterThan", "id", "15", "long")), ElementsAre("b", "c", "d"));
  EXPECT_THAT(Json(Comparison("equal", "p", "b", "string")), ElementsAre("b"));
  EXPECT_THAT(Sql("p = 'none'"), IsEmpty());
}

TEST_F(HintsTest, AllHintsHaveToHold) {
  EXPECT_THAT(Ask({{"predicateHints", {"id >= 10", "p < 'c'"}},
                   {"jsonPredicateHints", Comparison("lessThan", "id", "100", "long")}}),
              ElementsAre("b"));
}

TEST_F(HintsTest, BothFormatsSkipTheSame) {
  const boost::json::value body{{"predicateHints", {"id < 10"}}};
  EXPECT_THAT(Ask(body), ElementsAre("a", "d"));
  EXPECT_THAT(Ask(body, "delta-sharing-capabilities: responseformat=delta\r\n"),
              ElementsAre("a", "d"));
}

TEST_F(HintsTest, TheMetadataIsOfTheWholeTable) {
  const auto lines = Lines(Query("t", R"({"predicateHints":["p = 'a'"]})",
                                 "delta-sharing-capabilities: responseformat=delta\r\n"));
  EXPECT_EQ(lines.at(1).at("metaData").at("numFiles"), 4);
}

TEST_F(HintsTest, WhatIsNotUnderstoodNeverFailsAndSkipsNothing) {
  for (const char* hint :
       {"", "   ", "string", "id >", "year(p) = 2020", "nothing = 5", "id = 'x'", "a\nb", "(((("}) {
    EXPECT_EQ(Sql(hint), all_) << hint;
  }
  for (const char* hint : {"", "string", "[]", "{", "{\"op\":\"no\"}", "null", "5"}) {
    EXPECT_EQ(Json(hint), all_) << hint;
  }
  EXPECT_THAT(Ask({{"predicateHints", {"year(p) = 2020", "id < 10"}}}), ElementsAre("a", "d"));
}

TEST_F(HintsTest, ALimitCountsRowsOfFilesThatMatchWholly) {
  EXPECT_THAT(Ask({{"limitHint", 5}}), ElementsAre("a"));
  // Some rows of b match, all of c do.
  EXPECT_THAT(Ask({{"predicateHints", {"id >= 15"}}, {"limitHint", 5}}), ElementsAre("b", "c"));
  EXPECT_THAT(Ask({{"predicateHints", {"id >= 10"}}, {"limitHint", 5}}), ElementsAre("b"));
  EXPECT_THAT(Ask({{"predicateHints", {"p > 'a'"}}, {"limitHint", 15}}), ElementsAre("b", "c"));
  // What is not understood may drop any row.
  EXPECT_EQ(Ask({{"predicateHints", {"length(p) > 5"}}, {"limitHint", 5}}), all_);
}

TEST_F(HintsTest, SettingsTurnHintsOff) {
  Choices choices;
  choices.hints = {.sql = false, .json = true, .json_v2 = true};
  Start(choices);
  EXPECT_EQ(Sql("p = 'a'"), all_);
  EXPECT_EQ(Ask({{"predicateHints", {"p = 'a'"}}, {"limitHint", 5}}), all_);
  EXPECT_THAT(Json(Comparison("lessThan", "id", "5", "long")), ElementsAre("a", "d"));

  choices.hints = {.sql = true, .json = true, .json_v2 = false};
  Start(choices);
  EXPECT_THAT(Json(Comparison("equal", "p", "b", "string")), ElementsAre("b"));
  EXPECT_EQ(Json(Comparison("lessThan", "id", "5", "long")), all_);

  choices.hints = {.sql = true, .json = false, .json_v2 = false};
  Start(choices);
  EXPECT_EQ(Json(Comparison("equal", "p", "b", "string")), all_);
  EXPECT_THAT(Sql("p = 'b'"), ElementsAre("b"));
}

TEST_F(HintsTest, BoundsOfColumnsAreChargedToTheTable) {
  Ask(boost::json::object{});
  const auto before = service_->tables().bytes();
  Sql("id < 10");
  EXPECT_GT(service_->tables().bytes(), before);
}

TEST_F(HintsTest, DeletionVectorsNarrowNothing) {
  // Statistics of the files without statistics of columns: all three stay.
  const auto answer = Query("dv", R"({"predicateHints":["id > 1000"]})",
                            "delta-sharing-capabilities: "
                            "responseformat=delta;readerfeatures=deletionvectors\r\n");
  EXPECT_EQ(FilesOf(answer).size(), 3u);
}

}  // namespace
}  // namespace sluice::api
