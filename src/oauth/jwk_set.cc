#include "oauth/jwk_set.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "json/answer.h"

namespace sluice::oauth {
namespace {

using json::TextOf;

/// What its publisher means it for; a key that does not say is for everything.
bool IsForSignatures(const boost::json::object& jwk) {
  const std::string_view use = TextOf(jwk, "use");
  if (!use.empty() && use != "sig") return false;
  const auto* const found = jwk.if_contains("key_ops");
  const auto* const operations = found == nullptr ? nullptr : found->if_array();
  return operations == nullptr ||
         std::any_of(operations->begin(), operations->end(), [](const boost::json::value& item) {
           return item.is_string() && item.get_string() == "verify";
         });
}

}  // namespace

Result<JwkSet> JwkSet::Parse(std::string_view text) {
  SLUICE_TRY(const auto document, json::ParseJsonObject(text));
  const auto* const found = document.if_contains("keys");
  const auto* const list = found == nullptr ? nullptr : found->if_array();
  if (list == nullptr) return Fail(ErrorKind::kCorrupt, "no set of keys");
  if (list->size() > kMaxKeys) {
    return Fail(ErrorKind::kTooLarge, "a set of {} keys, more than {}", list->size(), kMaxKeys);
  }
  JwkSet out;
  for (const auto& item : *list) {
    const auto* const jwk = item.if_object();
    if (jwk == nullptr || !IsForSignatures(*jwk)) continue;
    auto key = VerifyingKey::FromJwk(*jwk);
    if (!key) continue;
    out.keys_.push_back(
        {std::string(TextOf(*jwk, "kid")), std::string(TextOf(*jwk, "alg")), *std::move(key)});
  }
  return out;
}

Result<const VerifyingKey*> JwkSet::Choose(const std::optional<std::string>& key_id,
                                           const SignatureAlgorithm& algorithm) const {
  const VerifyingKey* chosen = nullptr;
  bool known = false;
  for (const Entry& entry : keys_) {
    if (key_id && entry.key_id != *key_id) continue;
    known = true;
    const bool fits =
        entry.key.Fits(algorithm) && (entry.algorithm.empty() || entry.algorithm == algorithm.name);
    if (!fits) continue;
    if (chosen != nullptr) {
      return Fail(ErrorKind::kInvalidArgument, "several keys fit {}", algorithm.name);
    }
    chosen = &entry.key;
  }
  if (chosen != nullptr) return chosen;
  if (key_id && known) {
    return Fail(ErrorKind::kInvalidArgument, "the key is not for {}", algorithm.name);
  }
  return Fail(ErrorKind::kNotFound, "there is no such key");
}

}  // namespace sluice::oauth
