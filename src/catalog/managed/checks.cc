#include "catalog/managed/checks.h"

#include "base/code_points.h"
#include "base/encoding.h"
#include "base/glob.h"
#include "base/network.h"
#include "base/plain_text.h"
#include "catalog/catalog.h"
#include "catalog/managed/remarks.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kMaxCommentBytes = 4096;
constexpr std::size_t kMaxValueBytes = 4096;
constexpr std::size_t kMaxIdBytes = 255;
constexpr std::size_t kMaxFilterBytes = 16 << 10;
constexpr std::size_t kMaxProperties = 100;
// Clients may cut what is longer.
constexpr std::size_t kMaxRemarks = 50;
constexpr std::size_t kMaxRemarkBytes = 1000;
constexpr std::size_t kMaxClaims = 50;
constexpr std::size_t kMaxNetworks = 1000;
constexpr std::size_t kMaxPatterns = 100;
constexpr std::size_t kMaxStorageOptions = 50;
constexpr std::int64_t kMaxLimit = 1'000'000'000;
constexpr std::int64_t kMaxLifetimeMs = std::int64_t{100} * 366 * 86'400'000;

Status CheckLimit(std::string_view what, const std::optional<std::int64_t>& limit) {
  if (!limit || (*limit >= 1 && *limit <= kMaxLimit)) return {};
  return Fail(ErrorKind::kInvalidArgument, "{} must be between 1 and {}", what, kMaxLimit);
}

Status CheckPatterns(const std::vector<std::string>& patterns) {
  if (patterns.size() > kMaxPatterns) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} patterns", kMaxPatterns);
  }
  for (const auto& pattern : patterns) {
    SLUICE_RETURN_IF_ERROR(CheckText("a pattern", pattern, kMaxValueBytes));
    SLUICE_RETURN_IF_ERROR(Glob::Parse(pattern));
  }
  return {};
}

Status CheckStorage(const std::string& location, const std::map<std::string, std::string>& storage,
                    const AdminOptions& options) {
  if (storage.empty()) return {};
  if (storage.size() > kMaxStorageOptions) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} options of storage", kMaxStorageOptions);
  }
  for (const auto& [name, value] : storage) {
    SLUICE_RETURN_IF_ERROR(CheckText("the name of an option", name, 255));
    SLUICE_RETURN_IF_ERROR(CheckText("the value of an option", value, kMaxValueBytes));
  }
  return options.check_storage(location, storage);
}

/// None is fine.
Status CheckRowFilter(std::string_view filter, const AdminOptions& options) {
  if (filter.empty()) return {};
  SLUICE_RETURN_IF_ERROR(CheckText("a row filter", filter, kMaxFilterBytes));
  return options.check_row_filter(filter);
}

}  // namespace

Status CheckText(std::string_view what, std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return Fail(ErrorKind::kInvalidArgument, "{} must not exceed {} bytes", what, max_bytes);
  }
  if (IsPlainText(text)) return {};
  return Fail(ErrorKind::kInvalidArgument, "{} must be UTF-8 without control characters", what);
}

Status CheckComment(std::string_view comment) {
  return CheckText("a comment", comment, kMaxCommentBytes);
}

Status CheckRecipientName(std::string_view name) {
  if (name.empty() || name.find_first_of(" /") != std::string_view::npos) {
    return Fail(ErrorKind::kInvalidArgument,
                "the name of a recipient must not be empty and hold neither space nor '/'");
  }
  SLUICE_RETURN_IF_ERROR(CheckNoControlPoint("the name of a recipient", name));
  return CheckText("the name of a recipient", name, 255);
}

Status CheckNetwork(std::string_view network) {
  const auto parsed = Network::Parse(network);
  if (parsed) return {};
  return Fail(parsed.error().At(fmt::format("network '{}'", Printable(network, 64))));
}

Status CheckProperties(const std::map<std::string, std::string>& properties) {
  if (properties.size() > kMaxProperties) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} properties", kMaxProperties);
  }
  for (const auto& [name, value] : properties) {
    if (name.empty()) return Fail(ErrorKind::kInvalidArgument, "a property lacks its name");
    SLUICE_RETURN_IF_ERROR(CheckText("the name of a property", name, 255));
    SLUICE_RETURN_IF_ERROR(CheckText("the value of a property", value, kMaxValueBytes));
  }
  return {};
}

Status CheckRecipient(const RecipientRecord& recipient) {
  SLUICE_RETURN_IF_ERROR(CheckRecipientName(recipient.name));
  SLUICE_RETURN_IF_ERROR(CheckComment(recipient.comment));
  SLUICE_RETURN_IF_ERROR(CheckProperties(recipient.properties));
  if (recipient.allowed_networks.size() > kMaxNetworks) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} networks", kMaxNetworks);
  }
  for (const auto& network : recipient.allowed_networks) {
    SLUICE_RETURN_IF_ERROR(CheckNetwork(network));
  }
  SLUICE_RETURN_IF_ERROR(CheckLimit("requests per minute", recipient.limits.requests_per_minute));
  return CheckLimit("concurrent requests", recipient.limits.concurrent_requests);
}

Status CheckIdentity(const IdentityTerms& terms, const AdminOptions& options) {
  SLUICE_RETURN_IF_ERROR(CheckText("the issuer", terms.issuer, kMaxValueBytes));
  SLUICE_RETURN_IF_ERROR(options.check_issuer(terms.issuer));
  SLUICE_RETURN_IF_ERROR(CheckText("the subject", terms.subject, kMaxValueBytes));
  if (terms.subject.empty() && terms.claims.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "give the subject, or claims, that a token must have");
  }
  if (terms.claims.size() > kMaxClaims || terms.properties.size() > kMaxClaims) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} claims", kMaxClaims);
  }
  for (const auto& [claim, values] : terms.claims) {
    if (claim.empty() || values.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "a claim lacks its name or its value");
    }
    SLUICE_RETURN_IF_ERROR(CheckText("the name of a claim", claim, kMaxValueBytes));
    for (const auto& value : values) {
      SLUICE_RETURN_IF_ERROR(CheckText("the value of a claim", value, kMaxValueBytes));
    }
  }
  for (const auto& [property, claim] : terms.properties) {
    if (property.empty() || claim.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "a property of a claim lacks its name or its claim");
    }
    SLUICE_RETURN_IF_ERROR(CheckText("the name of a property", property, 255));
    SLUICE_RETURN_IF_ERROR(CheckText("the name of a claim", claim, kMaxValueBytes));
  }
  return {};
}

Status CheckLifetime(Lifetime lifetime_ms) {
  if (!lifetime_ms || (*lifetime_ms > 0 && *lifetime_ms <= kMaxLifetimeMs)) return {};
  return Fail(ErrorKind::kInvalidArgument, "a lifetime must be positive, and at most 100 years");
}

Status CheckRemarks(const Remarks& remarks) {
  if (remarks.comment) SLUICE_RETURN_IF_ERROR(CheckComment(*remarks.comment));
  if (!remarks.properties) return {};
  if (remarks.properties->size() > kMaxRemarks) {
    return Fail(ErrorKind::kInvalidArgument, "more than {} properties", kMaxRemarks);
  }
  for (const auto& [name, value] : *remarks.properties) {
    SLUICE_RETURN_IF_ERROR(CheckText("the value of a property", value, kMaxRemarkBytes));
  }
  return CheckProperties(*remarks.properties);
}

Status CheckFolder(const SharedFolder& folder, const AdminOptions& options) {
  SLUICE_RETURN_IF_ERROR(CheckText("a location", folder.location, kMaxValueBytes));
  SLUICE_RETURN_IF_ERROR(CheckStorage(folder.location, folder.storage, options));
  SLUICE_RETURN_IF_ERROR(CheckPatterns(folder.include));
  SLUICE_RETURN_IF_ERROR(CheckPatterns(folder.exclude));
  return CheckRowFilter(folder.row_filter, options);
}

Status CheckTable(const TableRecord& table, const AdminOptions& options) {
  SLUICE_RETURN_IF_ERROR(CheckText("a name", table.schema, 255));
  SLUICE_RETURN_IF_ERROR(CheckText("a name", table.name, 255));
  SLUICE_RETURN_IF_ERROR(CheckSchemaOrTableName(table.schema));
  SLUICE_RETURN_IF_ERROR(CheckSchemaOrTableName(table.name));
  SLUICE_RETURN_IF_ERROR(CheckRemarks({table.comment, table.properties}));
  SLUICE_RETURN_IF_ERROR(CheckText("an id", table.id, kMaxIdBytes));
  SLUICE_RETURN_IF_ERROR(CheckText("a location", table.location, kMaxValueBytes));
  SLUICE_RETURN_IF_ERROR(options.check_location(table.location));
  SLUICE_RETURN_IF_ERROR(CheckStorage(table.location, table.storage, options));
  SLUICE_RETURN_IF_ERROR(CheckPatterns(table.files));
  if (table.start_version < 0) {
    return Fail(ErrorKind::kInvalidArgument, "the start version must not be negative");
  }
  if (table.start_version > 0 && !table.history_shared) {
    return Fail(ErrorKind::kInvalidArgument,
                "a start version is one of history that is shared: share that, too");
  }
  return CheckRowFilter(table.row_filter, options);
}

}  // namespace sluice::catalog
