#include "server/admin/operations.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "base/encoding.h"
#include "protocol/request.h"
#include "server/admin/handlers.h"

namespace sluice::admin {
namespace {

namespace json = boost::json;
using protocol::Field;
using protocol::FieldType;

constexpr std::size_t kMaxItems = 10'000;

constexpr std::array<Answer (*)(const OperationCall&), 30> kHandlers = {
    ListShares,      CreateShare,  GetShare,       AlterShare,    DropShare,      AddTable,
    AddFolder,       AlterSchema,  AlterTable,     RemoveSchema,  RemoveTable,    ListRecipients,
    CreateRecipient, GetRecipient, AlterRecipient, DropRecipient, IssueToken,     RotateTokens,
    RevokeTokens,    RevokeToken,  MakeLink,       AddIdentity,   RemoveIdentity, ListGrants,
    AddGrant,        RemoveGrant,  ListAdmins,     CreateAdmin,   DropAdmin,      ListChanges,
};

tl::unexpected<Error> Wrong(const Field& field, std::string_view expected) {
  return Fail(ErrorKind::kInvalidArgument, "{} must be {}", field.name, expected);
}

Status CheckInteger(const Field& field, const json::value& value) {
  if (!value.is_int64() || value.get_int64() < field.minimum || value.get_int64() > field.maximum) {
    return Wrong(field, fmt::format("a whole number from {} to {}", field.minimum, field.maximum));
  }
  return {};
}

Status CheckValue(const Field& field, const json::value& value) {
  const auto is_text = [](const json::value& item) { return item.is_string(); };
  switch (field.type) {
    case FieldType::kInteger:
      return CheckInteger(field, value);
    case FieldType::kBoolean:
      return value.is_bool() ? Status() : Wrong(field, "true or false");
    case FieldType::kStrings:
      if (value.is_array() && value.get_array().size() <= kMaxItems &&
          std::all_of(value.get_array().begin(), value.get_array().end(), is_text)) {
        return {};
      }
      return Wrong(field, "a list of strings");
    case FieldType::kStringMap:
      if (value.is_object() && value.get_object().size() <= kMaxItems &&
          std::all_of(value.get_object().begin(), value.get_object().end(),
                      [&](const auto& member) { return is_text(member.value()); })) {
        return {};
      }
      return Wrong(field, "an object whose values are strings");
    default:
      return value.is_string() ? Status() : Wrong(field, "a string");
  }
}

/// Null is as good as absent, and is taken out.
Status CheckParameters(std::span<const Field> fields, json::object* parameters) {
  for (auto member = parameters->begin(); member != parameters->end();) {
    member = member->value().is_null() ? parameters->erase(member) : member + 1;
  }
  for (const auto& member : *parameters) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& f) { return f.name == member.key(); });
    if (field == fields.end()) {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is no parameter here",
                  Printable(member.key(), 64));
    }
    SLUICE_RETURN_IF_ERROR(CheckValue(*field, member.value()));
  }
  for (const auto& field : fields) {
    if (!field.required || parameters->contains(field.name)) continue;
    return Fail(ErrorKind::kInvalidArgument, "{} is missing", field.name);
  }
  return {};
}

}  // namespace

Result<json::object> RunOperation(OperationId id, OperationCall call) {
  const protocol::Endpoint& endpoint = EndpointOf(id);
  const auto fields = endpoint.body.empty() ? endpoint.query : endpoint.body;
  SLUICE_RETURN_IF_ERROR(CheckParameters(fields, &call.parameters));
  return kHandlers.at(static_cast<std::size_t>(id))(call);
}

Result<json::object> QueryObject(std::string_view query, const protocol::Endpoint& endpoint) {
  SLUICE_TRY(const auto parameters, protocol::ParseQueryString(query));
  json::object out;
  for (const auto& [name, text] : parameters) {
    const auto field = std::find_if(
        endpoint.query.begin(), endpoint.query.end(),
        [wanted = std::string_view(name)](const Field& f) { return f.name == wanted; });
    if (field != endpoint.query.end() && field->type == FieldType::kInteger) {
      std::int64_t number = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
      if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return Wrong(*field, "a whole number");
      }
      out[name] = number;
    } else {
      out[name] = text;
    }
  }
  return out;
}

std::string TextOf(const OperationCall& call, std::string_view name) {
  const auto* value = call.parameters.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->get_string());
}

std::optional<std::int64_t> NumberOf(const OperationCall& call, std::string_view name) {
  const auto* value = call.parameters.if_contains(name);
  if (value == nullptr) return std::nullopt;
  return value->get_int64();
}

std::vector<std::string> TextsOf(const OperationCall& call, std::string_view name) {
  std::vector<std::string> texts;
  const auto* value = call.parameters.if_contains(name);
  if (value == nullptr) return texts;
  for (const auto& item : value->get_array()) texts.emplace_back(item.get_string());
  return texts;
}

std::map<std::string, std::string> MapOf(const OperationCall& call, std::string_view name) {
  std::map<std::string, std::string> map;
  const auto* value = call.parameters.if_contains(name);
  if (value == nullptr) return map;
  for (const auto& member : value->get_object()) {
    map[std::string(member.key())] = std::string(member.value().get_string());
  }
  return map;
}

catalog::Lifetime LifetimeOf(const OperationCall& call, std::string_view name) {
  const auto seconds = NumberOf(call, name);
  if (!seconds) return std::nullopt;
  return *seconds * 1000;
}

void PutText(std::string_view name, const std::string& text, json::object* out) {
  if (!text.empty()) (*out)[name] = text;
}

void PutTime(std::string_view name, std::optional<std::int64_t> millis, json::object* out) {
  if (millis) (*out)[name] = FormatTimestamp(*millis);
}

void PutTexts(std::string_view name, const std::vector<std::string>& texts, json::object* out) {
  if (texts.empty()) return;
  json::array items;
  for (const auto& text : texts) items.emplace_back(text);
  (*out)[name] = std::move(items);
}

void PutMap(std::string_view name, const std::map<std::string, std::string>& map,
            json::object* out) {
  if (map.empty()) return;
  json::object members;
  for (const auto& [key, value] : map) members[key] = value;
  (*out)[name] = std::move(members);
}

Answer Done(const Status& status) {
  if (!status) return Fail(status.error());
  return json::object();
}

}  // namespace sluice::admin
