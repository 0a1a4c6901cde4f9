#include "catalog/recipients.h"

#include "base/hash.h"

namespace sluice::catalog {

std::vector<Grant> GrantsOfShares(const std::vector<std::string>& shares) {
  std::vector<Grant> grants;
  grants.reserve(shares.size());
  for (const auto& share : shares) grants.push_back({share});
  return grants;
}

Status Recipients::Add(std::string_view token_digest, Recipient recipient) {
  if (token_digest.size() != sizeof(Sha256Digest)) {
    return Fail(ErrorKind::kInvalidArgument, "recipient '{}': a token digest must have {} bytes",
                recipient.name, sizeof(Sha256Digest));
  }
  const std::string name = recipient.name;
  const auto [at, added] = by_digest_.try_emplace(std::string(token_digest), std::move(recipient));
  if (added) return {};
  return Fail(ErrorKind::kAlreadyExists, "recipient '{}' has the token of recipient '{}'", name,
              at->second.name);
}

Result<Recipient> Recipients::Find(std::string_view token_digest) const {
  // What is looked up is a digest, so the order of comparison tells nothing of a token; the match
  // itself still takes constant time.
  const auto found = by_digest_.lower_bound(token_digest);
  if (found == by_digest_.end() || !ConstantTimeEqual(found->first, token_digest)) {
    return Fail(ErrorKind::kNotFound, "no recipient has this token");
  }
  return found->second;
}

}  // namespace sluice::catalog
