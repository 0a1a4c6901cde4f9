// Shared access signatures: a text of parameters under a signature that opens one object, folder or
// container for a time, to whoever has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace sluice::storage {

/// Who vouches for a user-delegation SAS: the fields of the key that the store gave, as it gave
/// them.
struct DelegationFields {
  std::string object_id;
  std::string tenant_id;
  std::string start;
  std::string expiry;
  std::string service;
  std::string version;
};

/// The account's own key (a service SAS), or one that was delegated to whoever asked.
struct SasKey {
  std::string account;
  HmacKey key;
  std::optional<DelegationFields> delegation;
};

struct SasGrant {
  char resource = 'b';  ///< 'b' an object, 'd' a folder with all in it, 'c' a container.
  std::string_view permissions = "r";  ///< A constant, in Azure's order: "r", "rl".
  std::int64_t expires_at_ms = 0;      ///< Cut to seconds.
  bool https_only = true;
  int depth = 0;  ///< Of a folder 'd': how many segments its path has.
};

/// Signs for resources whose names begin alike. What is common to them is hashed and written once.
/// Immutable and thread-safe.
class SasSigner {
 public:
  /// `prefix` is the beginning of the resource's path below the account: "container/folder/".
  SasSigner(const SasKey& key, const SasGrant& grant, std::string_view prefix);

  /// Appends the parameters, "sv=…&sig=…", for the resource `prefix` + `name`, decoded.
  void Append(std::string_view name, std::string* out) const;

 private:
  std::string behind_name_;  ///< Of the text that is signed.
  std::string parameters_;   ///< Up to the signature.
  HmacKey signer_;           ///< Has the text before the name.
};

/// "2024-01-31T09:30:00Z": a time as a SAS has it, cut to seconds.
std::string SasTime(std::int64_t millis);

}  // namespace sluice::storage
