#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/judge.h"

namespace sluice::check {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

const protocol::Shape& FileShape() {
  return *protocol::FindField(protocol::kParquetLineShape, "file")->shape;
}

json::object File() {
  return {{"url", "https://host/file?sig=1"},
          {"id", "a"},
          {"partitionValues", {{"day", "2024-01-01"}, {"region", nullptr}}},
          {"size", 10},
          {"stats", R"({"numRecords":1})"}};
}

TEST(ExpectShape, TakesWhatHasAllFieldsAndMore) {
  json::object file = File();
  file["aFieldOfTomorrow"] = 1;
  file["version"] = nullptr;
  EXPECT_TRUE(ExpectShape(file, FileShape(), "x"));
}

TEST(ExpectShape, NamesTheFieldThatIsMissingOrWrong) {
  const std::vector<std::pair<std::string_view, json::value>> wrong = {
      {"url", "no url"},      {"id", 7},         {"partitionValues", {{"day", 1}}},
      {"size", "10"},         {"size", -1},      {"size", 1.5},
      {"stats", "{not json"}, {"version", true},
  };
  for (const auto& [field, value] : wrong) {
    json::object file = File();
    file[field] = value;
    const auto finding = ExpectShape(file, FileShape(), "line 3");
    ASSERT_FALSE(finding) << field;
    EXPECT_TRUE(IsViolation(finding.error()));
    EXPECT_THAT(finding.error().message, HasSubstr("line 3: '" + std::string(field) + "' is not"));
  }
  for (const char* field : {"url", "id", "partitionValues", "size"}) {
    json::object file = File();
    file.erase(field);
    const auto finding = ExpectShape(file, FileShape(), "line 3");
    ASSERT_FALSE(finding);
    EXPECT_EQ(finding.error().message, fmt::format("line 3 has no field '{}'", field));
  }
}

TEST(ExpectShape, LooksIntoWhatIsWithin) {
  const json::value page = json::parse(R"({"items":[{"name":"a"},{"id":"b"}]})");
  const auto finding = ExpectShape(page, protocol::kSharesShape, "page");
  ASSERT_FALSE(finding);
  EXPECT_EQ(finding.error().message, "page.items[1] has no field 'name'");
  EXPECT_FALSE(ExpectShape(json::parse("[]"), protocol::kSharesShape, "page"));
  EXPECT_TRUE(ExpectShape(json::parse("{}"), protocol::kSharesShape, "page"));
}

TEST(ExpectShape, AWrapperHasExactlyOne) {
  const auto& file = *protocol::FindField(protocol::kDeltaLineShape, "file")->shape;
  const auto& action = *protocol::FindField(file, "deltaSingleAction")->shape;
  EXPECT_FALSE(ExpectShape(json::object{}, action, "action"));
  const json::value both = json::parse(
      R"({"cdc":{"path":"https://h/f","partitionValues":{},"size":1,"dataChange":false},
          "remove":{"path":"https://h/f","dataChange":true}})");
  EXPECT_FALSE(ExpectShape(both, action, "action"));
  json::object one = both.as_object();
  one.erase("remove");
  EXPECT_TRUE(ExpectShape(one, action, "action"));
}

TEST(ExpectShape, ShowsNoValues) {
  json::object file = File();
  file["url"] = "secret in a broken url";
  EXPECT_THAT(ExpectShape(file, FileShape(), "x").error().message,
              testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace sluice::check
