#include "protocol/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "base/ascii.h"
#include "protocol/endpoint.h"

namespace sluice::protocol {
namespace {

namespace json = boost::json;

using testing::Contains;

class OpenApi : public testing::Test {
 protected:
  const json::value document_ = json::parse(FormatOpenApi("/delta-sharing"));

  const json::object& OperationOf(const Endpoint& endpoint) const {
    const std::string method = ToLower(endpoint.method);
    return document_.at("paths").at(endpoint.path).at(method).as_object();
  }
};

/// Every value of the key "$ref" anywhere below.
void CollectReferences(const json::value& value, std::set<std::string>* out) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object) {
      if (key == "$ref") out->insert(std::string(inner.as_string()));
      CollectReferences(inner, out);
    }
  } else if (const auto* array = value.if_array()) {
    for (const auto& inner : *array) CollectReferences(inner, out);
  }
}

TEST_F(OpenApi, NamesVersionAndPlace) {
  EXPECT_EQ(document_.at("openapi"), "3.1.0");
  EXPECT_EQ(document_.at_pointer("/servers/0/url"), "/delta-sharing");
  EXPECT_EQ(json::parse(FormatOpenApi("")).at_pointer("/servers/0/url"), "/");
  EXPECT_TRUE(document_.at_pointer("/security/0/token").is_array());
  EXPECT_EQ(document_.at_pointer("/components/securitySchemes/token/scheme"), "bearer");
}

TEST_F(OpenApi, HasEveryEndpointWithAllItTakesAndAnswers) {
  for (const auto& endpoint : Endpoints()) {
    const json::object& operation = OperationOf(endpoint);
    EXPECT_EQ(std::string_view(operation.at("operationId").as_string()), endpoint.name);
    std::set<std::string> parameters;
    for (const auto& parameter : operation.at("parameters").as_array()) {
      parameters.insert(std::string(parameter.at("name").as_string()));
      EXPECT_EQ(parameter.at("in") == "path", parameter.as_object().contains("required"));
    }
    for (const auto name : PathParameters(endpoint)) {
      EXPECT_THAT(parameters, Contains(std::string(name))) << endpoint.name;
    }
    for (const auto& fields : {endpoint.query, endpoint.headers}) {
      for (const auto& field : fields) {
        EXPECT_THAT(parameters, Contains(std::string(field.name))) << endpoint.name;
      }
    }
    for (const auto& field : endpoint.body) {
      const auto& schema =
          operation.at("requestBody").at_pointer("/content/application~1json/schema");
      EXPECT_TRUE(schema.at("properties").as_object().contains(field.name)) << field.name;
    }
    const json::object& responses = operation.at("responses").as_object();
    for (const auto& field : endpoint.answer.headers) {
      EXPECT_TRUE(responses.at("200").at("headers").as_object().contains(field.name));
    }
    for (const auto& error : endpoint.errors) {
      EXPECT_TRUE(responses.contains(std::to_string(error.status))) << endpoint.name;
    }
  }
}

TEST_F(OpenApi, EveryReferenceLeadsSomewhere) {
  std::set<std::string> references;
  CollectReferences(document_, &references);
  EXPECT_GT(references.size(), 20U);
  for (const auto& reference : references) {
    ASSERT_EQ(reference.rfind("#/", 0), 0U) << reference;
    EXPECT_NO_THROW(document_.at_pointer(reference.substr(1))) << reference;
  }
}

TEST_F(OpenApi, ALineIsExactlyOneThing) {
  const auto& line = document_.at_pointer("/components/schemas/ParquetLine");
  EXPECT_EQ(line.at("minProperties"), 1);
  EXPECT_EQ(line.at("maxProperties"), 1);
  const auto& file = document_.at_pointer("/components/schemas/ParquetFile");
  EXPECT_EQ(file.at("required"), (json::array{"url", "id", "partitionValues", "size"}));
  EXPECT_EQ(file.at_pointer("/properties/size/minimum"), 0);
}

TEST_F(OpenApi, BodiesMayHoldWhatClientsSend) {
  const auto& limit = OperationOf(GetEndpoint(EndpointId::kQueryTable))
                          .at("requestBody")
                          .at_pointer("/content/application~1json/schema/properties/limitHint");
  EXPECT_EQ(limit.at("type"), (json::array{"integer", "null", "string"}));
  EXPECT_EQ(limit.at("minimum"), 0);
}

TEST_F(OpenApi, ParametersMayBeEmpty) {
  const auto& parameters = OperationOf(GetEndpoint(EndpointId::kTableMetadata)).at("parameters");
  for (const auto& parameter : parameters.as_array()) {
    const auto& schema = parameter.at("schema");
    if (parameter.at("name") == "version") {
      EXPECT_EQ(schema.at("type"), (json::array{"integer", "string"}));
      EXPECT_EQ(schema.at("maxLength"), 0);
    } else if (parameter.at("name") == "timestamp") {
      EXPECT_EQ(schema.at("anyOf"), json::parse(R"([{"format":"date-time"},{"maxLength":0}])"));
    }
  }
}

}  // namespace
}  // namespace sluice::protocol
