#include "protocol/openapi.h"

#include "base/ascii.h"
#include "protocol/endpoint.h"
#include "protocol/openapi_schema.h"

namespace sluice::protocol {
namespace {

namespace json = boost::json;

constexpr std::string_view kDescription =
    "The Delta Sharing protocol as this server speaks it. Names compare without case. Answers of "
    "type application/x-ndjson hold one JSON object a line: their schema is that of the array of "
    "all lines. Query parameters that are empty count as absent, and fields and parameters that "
    "are not described here are passed over.";

json::object HeaderObject(const Field& field) {
  json::object header{{"description", field.summary},
                      {"schema", FieldSchema(field, FieldPlace::kParameter)}};
  if (field.required) header["required"] = true;
  return header;
}

json::object ParameterObject(const Field& field, std::string_view place) {
  json::object parameter{{"name", field.name}, {"in", place}};
  if (field.required) parameter["required"] = true;
  parameter["description"] = field.summary;
  parameter["schema"] =
      FieldSchema(field, place == "query" ? FieldPlace::kQuery : FieldPlace::kParameter);
  return parameter;
}

json::array Parameters(const Endpoint& endpoint) {
  json::array parameters;
  for (const auto name : PathParameters(endpoint)) {
    const Field field{name, FieldType::kString, true, "A name; compared without case."};
    json::object parameter = ParameterObject(field, "path");
    parameter["schema"].as_object()["minLength"] = 1;
    parameters.push_back(std::move(parameter));
  }
  for (const auto& field : endpoint.query) parameters.push_back(ParameterObject(field, "query"));
  for (const auto& field : endpoint.headers) parameters.push_back(ParameterObject(field, "header"));
  return parameters;
}

/// {"MEDIA/TYPE":{"schema":…}}
json::object Content(std::string_view type, json::object schema) {
  json::object media{{"schema", std::move(schema)}};
  json::object content;
  content[type] = std::move(media);
  return content;
}

json::object LinesSchema() {
  return {{"type", "array"},
          {"items",
           {{"anyOf",
             json::array{ShapeReference(kParquetLineShape), ShapeReference(kDeltaLineShape)}}}}};
}

json::object SuccessObject(const Endpoint& endpoint) {
  const SuccessAnswer& answer = endpoint.answer;
  json::object headers{{"x-request-id", {{"$ref", "#/components/headers/RequestId"}}}};
  for (const auto& field : answer.headers) headers[field.name] = HeaderObject(field);
  json::object response{{"description", endpoint.summary}, {"headers", std::move(headers)}};
  if (answer.body == SuccessAnswer::Body::kJson) {
    response["content"] = Content("application/json", ShapeReference(*answer.shape));
  } else if (answer.body == SuccessAnswer::Body::kLines) {
    response["content"] = Content("application/x-ndjson", LinesSchema());
  }
  return response;
}

json::object ErrorObject(const Endpoint& endpoint, const ErrorAnswer& error) {
  json::object headers{{"x-request-id", {{"$ref", "#/components/headers/RequestId"}}}};
  json::object response{{"description", error.meaning}, {"headers", std::move(headers)}};
  if (endpoint.method != "HEAD") {
    response["content"] = Content("application/json", ShapeReference(kErrorShape));
  }
  return response;
}

json::object OperationObject(const Endpoint& endpoint) {
  json::object operation{{"operationId", endpoint.name}, {"summary", endpoint.summary}};
  operation["parameters"] = Parameters(endpoint);
  if (!endpoint.body.empty()) {
    operation["requestBody"] = {
        {"required", false},
        {"content", Content("application/json", ObjectSchema(endpoint.body, FieldPlace::kBody))}};
  }
  json::object responses{{"200", SuccessObject(endpoint)}};
  for (const auto& error : endpoint.errors) {
    responses[std::to_string(error.status)] = ErrorObject(endpoint, error);
  }
  operation["responses"] = std::move(responses);
  return operation;
}

json::object Paths(std::span<const Endpoint> endpoints) {
  json::object paths;
  for (const auto& endpoint : endpoints) {
    const std::string method = ToLower(endpoint.method);
    json::value& path = paths[endpoint.path];
    if (path.is_null()) path.emplace_object();
    path.as_object()[method] = OperationObject(endpoint);
  }
  return paths;
}

json::object Components(const ApiDescription& api) {
  json::object schemas;
  for (const auto& endpoint : api.endpoints) {
    const SuccessAnswer& answer = endpoint.answer;
    if (answer.shape != nullptr) AddShape(*answer.shape, &schemas);
    if (answer.body != SuccessAnswer::Body::kLines) continue;
    for (const Shape* shape : {&kParquetLineShape, &kDeltaLineShape}) AddShape(*shape, &schemas);
  }
  AddShape(kErrorShape, &schemas);
  return {{"securitySchemes",
           {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"description", api.token}}}}},
          {"headers",
           {{"RequestId",
             {{"description", "Names the request in the provider's log."},
              {"required", true},
              {"schema", {{"type", "string"}}}}}}},
          {"schemas", std::move(schemas)}};
}

}  // namespace

std::string FormatOpenApi(const ApiDescription& api) {
  const json::object document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", api.title},
        {"version", SLUICE_VERSION},
        {"description", api.description},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", json::array{{{"url", api.prefix.empty() ? std::string_view("/") : api.prefix}}}},
      {"security", json::array{{{"token", json::array{}}}}},
      {"paths", Paths(api.endpoints)},
      {"components", Components(api)},
  };
  return json::serialize(document);
}

std::string FormatOpenApi(std::string_view prefix) {
  return FormatOpenApi({"Sluice, a Delta Sharing server", kDescription,
                        "The bearerToken of the recipient's profile.", prefix, Endpoints()});
}

}  // namespace sluice::protocol
