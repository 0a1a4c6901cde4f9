#include "auth/oidc/claims.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <optional>

#include "base/clock.h"
#include "json/answer.h"

namespace sluice::auth {
namespace {

using boost::json::object;
using boost::json::value;

/// Where times end: nobody's token lives that long, and milliseconds of it still fit.
constexpr std::int64_t kLastSecond = 253'402'300'799;

tl::unexpected<Error> Refuse(std::string_view reason) {
  return Fail(ErrorKind::kUnauthenticated, "{}", reason);
}

std::string_view NameOf(const boost::json::key_value_pair& member) {
  return {member.key().data(), member.key().size()};
}

/// A time of a claim in milliseconds; nothing where there is none. Errors: what is no time.
Result<std::optional<std::int64_t>> TimeOf(const object& claims, std::string_view name) {
  const auto* const claim = claims.if_contains({name.data(), name.size()});
  if (claim == nullptr) return std::optional<std::int64_t>();
  const auto seconds = claim->is_number() ? json::NumberOf(claims, name) : std::nullopt;
  if (!seconds || *seconds < 0) {
    return Fail(ErrorKind::kUnauthenticated, "the token's {} is no time", name);
  }
  return std::optional(std::min(*seconds, kLastSecond) * 1000);
}

bool IsForOneOf(const object& claims, const std::vector<std::string>& audiences) {
  const auto meant = [&](const value& item) {
    const auto* const text = item.if_string();
    return text != nullptr &&
           std::any_of(audiences.begin(), audiences.end(), [&](const std::string& audience) {
             return std::string_view(text->data(), text->size()) == audience;
           });
  };
  const auto* const audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  const auto* const list = audience->if_array();
  return list == nullptr ? meant(*audience) : std::any_of(list->begin(), list->end(), meant);
}

std::optional<std::string> TextOf(const value& item) {
  if (const auto* const text = item.if_string()) return std::string(text->data(), text->size());
  if (item.is_bool()) return item.get_bool() ? "true" : "false";
  if (item.is_int64()) return fmt::format("{}", item.get_int64());
  if (item.is_uint64()) return fmt::format("{}", item.get_uint64());
  return std::nullopt;
}

using Claims = decltype(catalog::Identity::claims);

void AddValues(const std::string& name, const value& claim, Claims* out) {
  if (auto text = TextOf(claim)) (*out)[name].push_back(*std::move(text));
  const auto* const list = claim.if_array();
  if (list == nullptr) return;
  for (const value& item : *list) {
    if (auto text = TextOf(item)) (*out)[name].push_back(*std::move(text));
  }
}

/// The claims inside an object; the depth is the parser's.
void AddInner(const std::string& path, const object& inner, const object& all, Claims* out) {
  for (const auto& member : inner) {
    const std::string name = path + "." + std::string(NameOf(member));
    if (all.contains(name)) continue;
    AddValues(name, member.value(), out);
    if (const auto* const deeper = member.value().if_object()) AddInner(name, *deeper, all, out);
  }
}

}  // namespace

Result<std::int64_t> CheckClaims(const object& claims, const IssuerRules& rules,
                                 std::int64_t now_ms) {
  if (!IsForOneOf(claims, rules.audiences)) return Refuse("the token is for another audience");
  if (claims.contains("cnf"))
    return Refuse("the token is bound to a key (cnf), and not a bearer's");
  SLUICE_TRY(const auto expires, TimeOf(claims, "exp"));
  SLUICE_TRY(const auto not_before, TimeOf(claims, "nbf"));
  SLUICE_TRY(const auto issued, TimeOf(claims, "iat"));
  if (!expires) return Refuse("the token has no end (exp)");
  if (now_ms >= *expires + rules.clock_skew_ms) {
    return Fail(ErrorKind::kUnauthenticated, "the token ended at {}", FormatTimestamp(*expires));
  }
  if (not_before && now_ms < *not_before - rules.clock_skew_ms) {
    return Fail(ErrorKind::kUnauthenticated, "the token begins at {}",
                FormatTimestamp(*not_before));
  }
  if (issued && now_ms < *issued - rules.clock_skew_ms) {
    return Fail(ErrorKind::kUnauthenticated, "the token was issued later than now, at {}",
                FormatTimestamp(*issued));
  }
  return *expires;
}

catalog::Identity IdentityOf(const object& claims, const IssuerRules& rules) {
  catalog::Identity out;
  out.issuer = rules.issuer;
  for (const auto& member : claims) {
    const std::string name(NameOf(member));
    AddValues(name, member.value(), &out.claims);
    if (const auto* const inner = member.value().if_object()) {
      AddInner(name, *inner, claims, &out.claims);
    }
  }
  const auto subject = out.claims.find(rules.subject_claim);
  if (subject != out.claims.end() && subject->second.size() == 1) out.subject = subject->second[0];
  return out;
}

}  // namespace sluice::auth
