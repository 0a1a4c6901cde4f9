// Rows as structs. Not part of this folder's interface.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/rows/kinds.h"

namespace sluice::catalog {

/// Fields stand in the order of their columns (catalog/rows/kinds.h), keys first.
struct SettingRow {
  std::string name, value;
  static const rows::RowKind& Kind() { return rows::kSettings; }
  static auto Tie(auto& r) { return std::tie(r.name, r.value); }
};

struct ShareRow {
  std::string key, name, id, comment;
  std::int64_t created_ms = 0;
  std::string properties;  ///< As JoinPairs writes them, here and below.
  static const rows::RowKind& Kind() { return rows::kShares; }
  static auto Tie(auto& r) {
    return std::tie(r.key, r.name, r.id, r.comment, r.created_ms, r.properties);
  }
};

struct SchemaRow {
  std::string share, key, name, comment;
  std::int64_t created_ms = 0;
  std::string properties;
  std::string folder, include, exclude;  ///< Without a folder, empty.
  std::int64_t history_shared = 0;
  std::string row_filter, storage;
  static const rows::RowKind& Kind() { return rows::kSchemas; }
  static auto Tie(auto& r) {
    return std::tie(r.share, r.key, r.name, r.comment, r.created_ms, r.properties, r.folder,
                    r.include, r.exclude, r.history_shared, r.row_filter, r.storage);
  }
};

struct TableRow {
  static constexpr std::size_t kId = 5;
  std::string share, schema, key, name, comment, id, location;
  std::int64_t history_shared = 0;
  std::int64_t start = 0;
  std::string files, row_filter;
  std::int64_t created_ms = 0;
  std::string storage;     ///< As JoinPairs writes it.
  std::string properties;  ///< Likewise.
  static const rows::RowKind& Kind() { return rows::kTables; }
  static auto Tie(auto& r) {
    return std::tie(r.share, r.schema, r.key, r.name, r.comment, r.id, r.location, r.history_shared,
                    r.start, r.files, r.row_filter, r.created_ms, r.storage, r.properties);
  }
};

struct RecipientRow {
  std::string key, name, comment;
  std::int64_t requests_per_minute = rows::kNever;
  std::int64_t concurrent_requests = rows::kNever;
  std::string networks;
  std::int64_t created_ms = 0;
  static const rows::RowKind& Kind() { return rows::kRecipients; }
  static auto Tie(auto& r) {
    return std::tie(r.key, r.name, r.comment, r.requests_per_minute, r.concurrent_requests,
                    r.networks, r.created_ms);
  }
};

struct PropertyRow {
  std::string recipient, name, value;
  static const rows::RowKind& Kind() { return rows::kProperties; }
  static auto Tie(auto& r) { return std::tie(r.recipient, r.name, r.value); }
};

struct TokenRow {
  static constexpr std::size_t kId = 1, kRecipient = 2, kExpires = 4;
  std::string digest;  ///< SHA-256 in hex digits, as of all secrets.
  std::string id, recipient;
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = rows::kNever;
  static const rows::RowKind& Kind() { return rows::kTokens; }
  static auto Tie(auto& r) {
    return std::tie(r.digest, r.id, r.recipient, r.created_ms, r.expires_ms);
  }
};

struct ActivationRow {
  static constexpr std::size_t kRecipient = 1;
  std::string digest, recipient;
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::int64_t token_lifetime_ms = rows::kNever;
  static const rows::RowKind& Kind() { return rows::kActivations; }
  static auto Tie(auto& r) {
    return std::tie(r.digest, r.recipient, r.created_ms, r.expires_ms, r.token_lifetime_ms);
  }
};

struct IdentityRow {
  static constexpr std::size_t kRecipient = 1;
  std::string id, recipient, issuer, subject;
  std::string claims, properties;
  std::int64_t created_ms = 0;
  static const rows::RowKind& Kind() { return rows::kIdentities; }
  static auto Tie(auto& r) {
    return std::tie(r.id, r.recipient, r.issuer, r.subject, r.claims, r.properties, r.created_ms);
  }
};

struct GrantRow {
  static constexpr std::size_t kShare = 1, kSchema = 2, kTable = 3;
  std::string recipient, share, schema, table, row_filter;
  std::int64_t created_ms = 0;
  static const rows::RowKind& Kind() { return rows::kGrants; }
  static auto Tie(auto& r) {
    return std::tie(r.recipient, r.share, r.schema, r.table, r.row_filter, r.created_ms);
  }
};

struct AdminRow {
  static constexpr std::size_t kDigest = 2;
  std::string key, name, digest;
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = rows::kNever;
  static const rows::RowKind& Kind() { return rows::kAdmins; }
  static auto Tie(auto& r) { return std::tie(r.key, r.name, r.digest, r.created_ms, r.expires_ms); }
};

struct ChangeRow {
  std::int64_t version = 0;
  std::int64_t at_ms = 0;
  std::string actor, action, target, detail;
  static const rows::RowKind& Kind() { return rows::kChanges; }
  static auto Tie(auto& r) {
    return std::tie(r.version, r.at_ms, r.actor, r.action, r.target, r.detail);
  }
};

template <typename Record>
rows::Row ToRow(const Record& record) {
  return std::apply([](const auto&... fields) { return rows::Row{fields...}; },
                    Record::Tie(record));
}

template <typename Record>
Record FromRow(const rows::Row& row) {
  Record record;
  std::size_t next = 0;
  std::apply(
      [&](auto&... fields) {
        ((fields = std::get<std::decay_t<decltype(fields)>>(row[next++])), ...);
      },
      Record::Tie(record));
  return record;
}

template <typename Record>
Result<std::vector<Record>> SelectAll(rows::RowReader& reader, const rows::Cells& where = {}) {
  SLUICE_TRY(const auto found, reader.Select(Record::Kind(), where));
  std::vector<Record> records;
  records.reserve(found.size());
  for (const auto& row : found) records.push_back(FromRow<Record>(row));
  return records;
}

/// The first columns, which begin the key, have these values.
template <typename... Keys>
rows::Cells KeyIs(const Keys&... keys) {
  rows::Cells cells;
  (cells.push_back({cells.size(), std::string(keys)}), ...);
  return cells;
}

template <typename Record, typename... Keys>
Result<std::optional<Record>> FindOne(rows::RowReader& reader, const Keys&... keys) {
  SLUICE_TRY(auto found, SelectAll<Record>(reader, KeyIs(keys...)));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

template <typename Record>
Status InsertOne(rows::RowWriter& writer, const Record& record) {
  return writer.Insert(Record::Kind(), ToRow(record));
}

/// Lists of texts without line breaks are kept as one text.
std::string JoinLines(const std::vector<std::string>& lines);
std::vector<std::string> SplitLines(const std::string& text);

/// Pairs of texts without control characters are kept as one text.
using Pairs = std::vector<std::pair<std::string, std::string>>;
std::string JoinPairs(const Pairs& pairs);
Pairs SplitPairs(const std::string& text);
std::string TextOf(const std::map<std::string, std::string>& pairs);
std::map<std::string, std::string> MapOf(const std::string& pairs);
/// What the schema has, if it has one.
std::optional<SharedFolder> FolderOf(const SchemaRow& row);

inline std::optional<std::int64_t> TimeOf(std::int64_t value) {
  return value == rows::kNever ? std::nullopt : std::optional(value);
}

}  // namespace sluice::catalog
