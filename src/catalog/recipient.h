// Somebody who may ask, and what they may see.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::catalog {

/// A right to read a share, a schema of it, or a table. Names compare without case.
struct Grant {
  std::string share;
  std::string schema = {};  ///< Empty: every schema of the share.
  std::string table = {};   ///< Empty: every table of the schema.
  /// SQL over partition columns: only partitions for which it is true are seen. It may call
  /// current_recipient('key'), the recipient's property. Empty: all rows.
  std::string row_filter = {};
};

/// What one recipient may ask of a server; absent: no limit of its own.
struct RecipientLimits {
  std::optional<std::int64_t> requests_per_minute = {};
  std::optional<std::int64_t> concurrent_requests = {};
};

struct Recipient {
  std::string name;
  /// Nullopt means everything. Of several that cover a table, a row is seen that any of them shows.
  std::optional<std::vector<Grant>> grants;
  std::optional<std::int64_t> expires_at_ms;           ///< Of the credential that was presented.
  std::map<std::string, std::string> properties = {};  ///< What row filters may refer to.
  /// Networks such as "192.0.2.0/24" or "2001:db8::/32" that requests may come from; none: any.
  std::vector<std::string> allowed_networks = {};
  RecipientLimits limits = {};
};

/// Grants of whole shares.
std::vector<Grant> GrantsOfShares(const std::vector<std::string>& shares);

}  // namespace sluice::catalog
