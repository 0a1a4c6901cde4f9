// Operations on tokens, links and admins.
#include <boost/json.hpp>

#include "server/admin/handlers.h"

namespace sluice::admin {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLinkLifetimeMs = std::int64_t{3} * 86'400'000;

Status NeedEndpoint(const OperationCall& call) {
  if (!call.endpoint.empty()) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "nobody has told yet by which URL recipients reach the server; say --endpoint "
              "https://host/delta-sharing");
}

json::object Issued(const OperationCall& call, const catalog::Secret& token) {
  return {{"recipient", call.arguments.at(0)},
          {"tokenId", token.id},
          {"profile", ProfileObject(token, call.endpoint)}};
}

}  // namespace

json::object ProfileObject(const catalog::Secret& token, std::string_view endpoint) {
  json::object profile{
      {"shareCredentialsVersion", 1}, {"endpoint", endpoint}, {"bearerToken", token.text}};
  PutTime("expirationTime", token.expires_at_ms, &profile);
  return profile;
}

Answer IssueToken(const OperationCall& call) {
  SLUICE_RETURN_IF_ERROR(NeedEndpoint(call));
  SLUICE_TRY(const auto token,
             call.admin.IssueToken(call.arguments.at(0), LifetimeOf(call, "lifetimeSeconds")));
  return Issued(call, token);
}

Answer RotateTokens(const OperationCall& call) {
  SLUICE_RETURN_IF_ERROR(NeedEndpoint(call));
  const catalog::Rotation rotation = {LifetimeOf(call, "lifetimeSeconds"),
                                      LifetimeOf(call, "graceSeconds").value_or(0)};
  SLUICE_TRY(const auto token, call.admin.Rotate(call.arguments.at(0), rotation));
  return Issued(call, token);
}

Answer RevokeTokens(const OperationCall& call) {
  return Done(call.admin.RevokeTokens(call.arguments.at(0), ""));
}

Answer RevokeToken(const OperationCall& call) {
  return Done(call.admin.RevokeTokens(call.arguments.at(0), call.arguments.at(1)));
}

Answer MakeLink(const OperationCall& call) {
  SLUICE_RETURN_IF_ERROR(NeedEndpoint(call));
  const catalog::LinkTerms terms = {LifetimeOf(call, "lifetimeSeconds").value_or(kLinkLifetimeMs),
                                    LifetimeOf(call, "tokenLifetimeSeconds")};
  SLUICE_TRY(const auto secret, call.admin.MakeLink(call.arguments.at(0), terms));
  // Browsers keep what stands behind '#' to themselves, so that no log on the way has the secret.
  json::object out{{"recipient", call.arguments.at(0)},
                   {"url", fmt::format("{}/activate#{}", call.endpoint, secret.text)}};
  PutTime("expirationTime", secret.expires_at_ms, &out);
  return out;
}

Answer ListAdmins(const OperationCall& call) {
  SLUICE_TRY(const auto admins, call.admin.ListAdmins());
  json::array items;
  for (const auto& admin : admins) {
    json::object item{{"name", admin.name}};
    PutTime("createdAt", admin.created_ms, &item);
    PutTime("expirationTime", admin.expires_at_ms, &item);
    items.emplace_back(std::move(item));
  }
  return json::object{{"items", std::move(items)}};
}

Answer CreateAdmin(const OperationCall& call) {
  const std::string name = TextOf(call, "name");
  SLUICE_TRY(const auto secret, call.admin.CreateAdmin(name, LifetimeOf(call, "lifetimeSeconds")));
  json::object out{{"name", name}, {"token", secret.text}};
  PutTime("expirationTime", secret.expires_at_ms, &out);
  return out;
}

Answer DropAdmin(const OperationCall& call) {
  return Done(call.admin.DropAdmin(call.arguments.at(0)));
}

}  // namespace sluice::admin
