#include "server/admin/operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "catalog/rows/memory_rows.h"

namespace sluice::admin {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class OperationsTest : public testing::Test {
 protected:
  OperationsTest() {
    checks_.check_row_filter = [](std::string_view) -> Status { return {}; };
    checks_.folder_location = [](std::string_view folder) -> Result<std::string> {
      return std::string(folder);
    };
    checks_.check_issuer = [](std::string_view) -> Status { return {}; };
    checks_.check_location = [](std::string_view) -> Status { return {}; };
    checks_.check_storage = [](std::string_view, const auto&) -> Status { return {}; };
  }

  Result<json::object> Run(OperationId id, std::vector<std::string> arguments = {},
                           std::string_view parameters = "{}") {
    ran_.insert(id);
    return RunOperation(
        id, {admin_, std::move(arguments), json::parse(parameters).get_object(), "https://h/d"});
  }

  /// As Run, for what succeeds and answers as the table says.
  json::object Answer(OperationId id, std::vector<std::string> arguments = {},
                      std::string_view parameters = "{}") {
    auto answer = Run(id, std::move(arguments), parameters);
    const protocol::Endpoint& endpoint = EndpointOf(id);
    EXPECT_TRUE(answer) << endpoint.name << ": " << answer.error().message;
    if (!answer) return {};
    Judge(endpoint.name, *endpoint.answer.shape, *answer);
    return *answer;
  }

  void Judge(std::string_view place, const protocol::Shape& shape, const json::object& object) {
    for (const auto& member : object) {
      const auto* field = protocol::FindField(shape, member.key());
      ASSERT_NE(field, nullptr) << place << ": " << member.key();
      if (field->shape == nullptr) continue;
      if (const auto* one = member.value().if_object()) Judge(place, *field->shape, *one);
      if (const auto* many = member.value().if_array()) {
        for (const auto& item : *many) Judge(place, *field->shape, item.get_object());
      }
    }
    for (const auto& field : shape.fields) {
      EXPECT_TRUE(!field.required || object.contains(field.name)) << place << ": " << field.name;
    }
  }

  std::unique_ptr<catalog::rows::RowStore> rows_ = catalog::rows::MakeMemoryRows();
  catalog::AdminOptions checks_;
  const catalog::Admin admin_{*rows_, checks_, "test"};
  std::set<OperationId> ran_;
};

TEST_F(OperationsTest, EveryOneAnswersAsItsShapeSays) {
  using enum OperationId;
  Answer(kCreateShare, {}, R"({"name":"S","comment":"c","properties":{"k":"v"}})");
  EXPECT_EQ(Answer(kAlterShare, {"s"}, R"({"comment":"d"})").at("comment"), "d");
  Answer(kAddFolder, {"s"},
         R"({"schema":"raw","location":"/raw","include":["a/*"],"exclude":["b"],"comment":"c",
             "historyShared":true,"rowFilter":"x = 1","properties":{"k":"v"}})");
  Answer(kAlterSchema, {"s", "raw"}, R"({"properties":{"l":"w"}})");
  Answer(kAddTable, {"s"},
         R"({"schema":"a","name":"t","location":"/t","files":["*.parquet"],"historyShared":true,
             "startVersion":3,"rowFilter":"x = 1","comment":"c","id":"i","properties":{"k":"v"},
             "storage":{"region":"eu-west-1"}})");
  Answer(kAlterTable, {"s", "a", "t"}, R"({"comment":"d"})");
  EXPECT_EQ(Answer(kGetShare, {"s"}).at("tables").get_array().size(), 1U);
  Answer(kListShares);
  Answer(kCreateRecipient, {},
         R"({"name":"r","comment":"c","properties":{"k":"v"},"networks":["::1"],
             "requestsPerMinute":1,"concurrentRequests":2})");
  Answer(kAddGrant, {"r"}, R"({"share":"s","schema":"a","table":"t","rowFilter":"x = 1"})");
  Answer(kListGrants);
  const auto issued = Answer(kIssueToken, {"r"}, R"({"lifetimeSeconds":60})");
  EXPECT_EQ(issued.at("profile").at("endpoint"), "https://h/d");
  Answer(kRotateTokens, {"r"}, R"({"graceSeconds":60})");
  EXPECT_THAT(std::string(Answer(kMakeLink, {"r"}).at("url").get_string()),
              testing::StartsWith("https://h/d/activate#"));
  EXPECT_EQ(Answer(kGetRecipient, {"r"}).at("tokens").get_array().size(), 2U);
  const auto identity = Answer(
      kAddIdentity, {"r"},
      R"({"issuer":"https://i","subject":"s","claims":{"a":"b"},"claimProperties":{"p":"c"}})");
  EXPECT_EQ(Answer(kGetRecipient, {"r"}).at("identities").get_array().at(0), identity);
  Answer(kRemoveIdentity, {"r", std::string(identity.at("id").get_string())});
  Answer(kRevokeToken, {"r", std::string(issued.at("tokenId").get_string())});
  Answer(kRevokeTokens, {"r"});
  EXPECT_FALSE(
      Answer(kAlterRecipient, {"r"}, R"({"requestsPerMinute":0})").contains("requestsPerMinute"));
  const auto listed = Answer(kListRecipients).at("items").get_array().at(0).get_object();
  EXPECT_EQ(listed.at("networks").get_array().size(), 1U);
  EXPECT_EQ(listed.at("properties").at("k"), "v");
  // What is not read is left out: empty lists would say that there are none.
  for (const char* unread : {"tokens", "identities", "grants", "openLinks"}) {
    EXPECT_FALSE(listed.contains(unread)) << unread;
  }
  Answer(kRemoveGrant, {"r"}, R"({"share":"s","schema":"a","table":"t"})");
  Answer(kDropRecipient, {"r"});
  Answer(kCreateAdmin, {}, R"({"name":"root","lifetimeSeconds":60})");
  Answer(kListAdmins);
  Answer(kDropAdmin, {"root"});
  Answer(kRemoveTable, {"s", "a", "t"});
  Answer(kRemoveSchema, {"s", "a"});
  Answer(kDropShare, {"s"});
  EXPECT_EQ(Answer(kListChanges, {}, R"({"limit":2})").at("items").get_array().size(), 2U);
  EXPECT_EQ(ran_.size(), OperationEndpoints().size());
}

TEST_F(OperationsTest, ParametersAreWhatTheTableSays) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({})", "name is missing"},
      {R"({"name":null})", "name is missing"},
      {R"({"name":"r","nam":"x"})", "'nam'"},
      {R"({"name":7})", "name must be a string"},
      {R"({"name":"r","networks":"::1"})", "networks must be a list"},
      {R"({"name":"r","networks":[1]})", "networks must be a list"},
      {R"({"name":"r","subject":"s"})", "issuer is missing"},
      {R"({"name":"r","issuer":"https://i"})", "give the subject"},
      {R"({"name":"r","properties":{"k":1}})", "properties must be an object"},
      {R"({"name":"r","requestsPerMinute":-1})", "requestsPerMinute must be a whole number"},
      {R"({"name":"r","requestsPerMinute":1.5})", "requestsPerMinute must be a whole number"},
  };
  for (const auto& [parameters, words] : cases) {
    const auto answer = Run(OperationId::kCreateRecipient, {}, parameters);
    ASSERT_FALSE(answer) << parameters;
    EXPECT_EQ(answer.error().kind, ErrorKind::kInvalidArgument) << parameters;
    EXPECT_THAT(answer.error().message, HasSubstr(std::string(words)));
  }
  EXPECT_TRUE(Run(OperationId::kListRecipients)->at("items").get_array().empty());
}

TEST_F(OperationsTest, NumbersOfAQueryAreNumbers) {
  const auto& endpoint = EndpointOf(OperationId::kListChanges);
  EXPECT_EQ(QueryObject("limit=7", endpoint)->at("limit"), 7);
  EXPECT_FALSE(QueryObject("limit=7x", endpoint));
  EXPECT_EQ(QueryObject("other=7", endpoint)->at("other"), "7");
}

TEST_F(OperationsTest, WithoutAnEndpointNothingIsIssued) {
  ASSERT_TRUE(Run(OperationId::kCreateRecipient, {}, R"({"name":"r"})"));
  for (const auto id :
       {OperationId::kIssueToken, OperationId::kRotateTokens, OperationId::kMakeLink}) {
    const auto answer = RunOperation(id, {admin_, {"r"}, {}, ""});
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("--endpoint"));
  }
  EXPECT_TRUE(admin_.GetRecipient("r")->tokens.empty());
}

}  // namespace
}  // namespace sluice::admin
