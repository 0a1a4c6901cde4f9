#include "catalog/rows/kinds.h"

#include <array>

namespace sluice::catalog::rows {
namespace {

using enum ColumnType;

constexpr Column kSettingsColumns[] = {{"name"}, {"value"}};
constexpr Column kSharesColumns[] = {
    {"key"}, {"name"}, {"id"}, {"comment"}, {"created_ms", kInteger}, {"properties"}};
constexpr Column kSchemasColumns[] = {
    {"share"},      {"key"},    {"name"},    {"comment"}, {"created_ms", kInteger},
    {"properties"}, {"folder"}, {"include"}, {"exclude"}, {"history_shared", kInteger},
    {"row_filter"}, {"storage"}};
constexpr Column kTablesColumns[] = {
    {"share"},           {"schema"},    {"key"},        {"name"},
    {"comment"},         {"id"},        {"location"},   {"history_shared", kInteger},
    {"start", kInteger}, {"files"},     {"row_filter"}, {"created_ms", kInteger},
    {"storage"},         {"properties"}};
constexpr Column kRecipientsColumns[] = {{"key"},
                                         {"name"},
                                         {"comment"},
                                         {"requests_per_minute", kInteger},
                                         {"concurrent_requests", kInteger},
                                         {"networks"},
                                         {"created_ms", kInteger}};
constexpr Column kPropertiesColumns[] = {{"recipient"}, {"name"}, {"value"}};
constexpr Column kTokensColumns[] = {
    {"digest"}, {"id"}, {"recipient"}, {"created_ms", kInteger}, {"expires_ms", kInteger}};
constexpr Column kActivationsColumns[] = {{"digest"},
                                          {"recipient"},
                                          {"created_ms", kInteger},
                                          {"expires_ms", kInteger},
                                          {"token_lifetime_ms", kInteger}};
constexpr Column kIdentitiesColumns[] = {
    {"id"},         {"recipient"},           {"issuer"}, {"subject"}, {"claims"},
    {"properties"}, {"created_ms", kInteger}};
constexpr Column kGrantsColumns[] = {{"recipient"}, {"share"},      {"schema"},
                                     {"table"},     {"row_filter"}, {"created_ms", kInteger}};
constexpr Column kAdminsColumns[] = {
    {"key"}, {"name"}, {"digest"}, {"created_ms", kInteger}, {"expires_ms", kInteger}};
constexpr Column kChangesColumns[] = {
    {"version", kInteger}, {"at_ms", kInteger}, {"actor"}, {"action"}, {"target"}, {"detail"}};

}  // namespace

const RowKind kSettings = {"settings", kSettingsColumns, 1};
const RowKind kShares = {"shares", kSharesColumns, 1};
const RowKind kSchemas = {"schemas", kSchemasColumns, 2};
const RowKind kTables = {"tables", kTablesColumns, 3};
const RowKind kRecipients = {"recipients", kRecipientsColumns, 1};
const RowKind kProperties = {"properties", kPropertiesColumns, 2};
const RowKind kTokens = {"tokens", kTokensColumns, 1};
const RowKind kActivations = {"activations", kActivationsColumns, 1};
const RowKind kIdentities = {"identities", kIdentitiesColumns, 1};
const RowKind kGrants = {"grants", kGrantsColumns, 4};
const RowKind kAdmins = {"admins", kAdminsColumns, 1};
const RowKind kChanges = {"changes", kChangesColumns, 1};

std::span<const RowKind* const> AllKinds() {
  static constexpr std::array kAll = {&kSettings,   &kShares,     &kSchemas, &kTables,
                                      &kRecipients, &kProperties, &kTokens,  &kActivations,
                                      &kIdentities, &kGrants,     &kAdmins,  &kChanges};
  return kAll;
}

}  // namespace sluice::catalog::rows
