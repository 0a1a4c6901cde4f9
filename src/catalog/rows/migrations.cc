#include "catalog/rows/migrations.h"

#include <array>

namespace sluice::catalog::rows {
namespace {

constexpr std::string_view kFirst = R"(
CREATE TABLE sluice_settings (
  "name" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  PRIMARY KEY ("name"));
CREATE TABLE sluice_shares (
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "comment" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  PRIMARY KEY ("key"));
CREATE TABLE sluice_schemas (
  "share" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "comment" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  PRIMARY KEY ("share", "key"));
CREATE TABLE sluice_tables (
  "share" TEXT NOT NULL,
  "schema" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "comment" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "location" TEXT NOT NULL,
  "history_shared" BIGINT NOT NULL,
  "start" BIGINT NOT NULL,
  "files" TEXT NOT NULL,
  "row_filter" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  PRIMARY KEY ("share", "schema", "key"));
CREATE TABLE sluice_recipients (
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "comment" TEXT NOT NULL,
  "requests_per_minute" BIGINT NOT NULL,
  "concurrent_requests" BIGINT NOT NULL,
  "networks" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  PRIMARY KEY ("key"));
CREATE TABLE sluice_properties (
  "recipient" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "value" TEXT NOT NULL,
  PRIMARY KEY ("recipient", "name"));
CREATE TABLE sluice_tokens (
  "digest" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "recipient" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  "expires_ms" BIGINT NOT NULL,
  PRIMARY KEY ("digest"));
CREATE INDEX sluice_tokens_by_recipient ON sluice_tokens ("recipient");
CREATE TABLE sluice_activations (
  "digest" TEXT NOT NULL,
  "recipient" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  "expires_ms" BIGINT NOT NULL,
  "token_lifetime_ms" BIGINT NOT NULL,
  PRIMARY KEY ("digest"));
CREATE TABLE sluice_grants (
  "recipient" TEXT NOT NULL,
  "share" TEXT NOT NULL,
  "schema" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "row_filter" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  PRIMARY KEY ("recipient", "share", "schema", "table"));
CREATE TABLE sluice_admins (
  "key" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  "expires_ms" BIGINT NOT NULL,
  PRIMARY KEY ("key"));
CREATE TABLE sluice_changes (
  "version" BIGINT NOT NULL,
  "at_ms" BIGINT NOT NULL,
  "actor" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "target" TEXT NOT NULL,
  "detail" TEXT NOT NULL,
  PRIMARY KEY ("version"));
)";

constexpr std::string_view kIdentitiesOfIssuers = R"(
CREATE TABLE sluice_identities (
  "id" TEXT NOT NULL,
  "recipient" TEXT NOT NULL,
  "issuer" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "claims" TEXT NOT NULL,
  "properties" TEXT NOT NULL,
  "created_ms" BIGINT NOT NULL,
  PRIMARY KEY ("id"));
)";

constexpr std::string_view kStorageOfTables = R"(
ALTER TABLE sluice_tables ADD COLUMN "storage" TEXT NOT NULL DEFAULT '';
)";

constexpr std::string_view kPropertiesAndFolders = R"(
ALTER TABLE sluice_shares ADD COLUMN "properties" TEXT NOT NULL DEFAULT '';
ALTER TABLE sluice_tables ADD COLUMN "properties" TEXT NOT NULL DEFAULT '';
ALTER TABLE sluice_schemas ADD COLUMN "properties" TEXT NOT NULL DEFAULT '';
ALTER TABLE sluice_schemas ADD COLUMN "folder" TEXT NOT NULL DEFAULT '';
ALTER TABLE sluice_schemas ADD COLUMN "include" TEXT NOT NULL DEFAULT '';
ALTER TABLE sluice_schemas ADD COLUMN "exclude" TEXT NOT NULL DEFAULT '';
ALTER TABLE sluice_schemas ADD COLUMN "history_shared" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sluice_schemas ADD COLUMN "row_filter" TEXT NOT NULL DEFAULT '';
)";

constexpr std::string_view kStorageOfFolders = R"(
ALTER TABLE sluice_schemas ADD COLUMN "storage" TEXT NOT NULL DEFAULT '';
)";

constexpr std::array kSteps = {kFirst, kIdentitiesOfIssuers, kStorageOfTables,
                               kPropertiesAndFolders, kStorageOfFolders};

}  // namespace

std::span<const std::string_view> Migrations() {
  return kSteps;
}

}  // namespace sluice::catalog::rows
