#include "catalog/listing.h"

namespace sluice::catalog {

Status Listing::AddShare(Share share) {
  std::string key = FoldName(share.name);
  const std::string name = share.name;
  if (!shares_.try_emplace(std::move(key), ShareEntry{std::move(share), {}}).second) {
    return Fail(ErrorKind::kAlreadyExists, "share '{}' exists already", name);
  }
  return {};
}

Status Listing::AddSchema(Schema schema) {
  const auto found = shares_.find(FoldName(schema.share));
  if (found == shares_.end()) return NoShare(schema.share);
  schema.share = found->second.share.name;
  has_folders_ |= schema.folder.has_value();
  std::string key = FoldName(schema.name);
  found->second.schemas.try_emplace(std::move(key), SchemaEntry{std::move(schema), {}});
  return {};
}

Status Listing::AddTable(Table table) {
  const auto share = shares_.find(FoldName(table.share));
  if (share == shares_.end()) return NoShare(table.share);
  const auto schema = share->second.schemas.find(FoldName(table.schema));
  if (schema == share->second.schemas.end()) return NoSchema(table.share, table.schema);
  table.share = share->second.share.name;
  table.schema = schema->second.schema.name;
  const auto twin = by_id_.find(table.id);
  if (twin != by_id_.end() && twin->second.location != table.location) {
    return Fail(ErrorKind::kAlreadyExists, "table '{}.{}.{}' has the id of '{}.{}.{}'", table.share,
                table.schema, table.name, twin->second.share, twin->second.schema,
                twin->second.name);
  }
  if (!schema->second.tables.try_emplace(FoldName(table.name), table).second) {
    return Fail(ErrorKind::kAlreadyExists, "table '{}.{}.{}' exists already", table.share,
                table.schema, table.name);
  }
  std::string id = table.id;
  by_id_.try_emplace(std::move(id), std::move(table));
  return {};
}

const Listing::ShareEntry* Listing::FindShare(std::string_view share) const {
  const auto found = shares_.find(FoldName(share));
  return found == shares_.end() ? nullptr : &found->second;
}

const Listing::SchemaEntry* Listing::FindSchema(std::string_view share,
                                                std::string_view schema) const {
  const ShareEntry* entry = FindShare(share);
  if (entry == nullptr) return nullptr;
  const auto found = entry->schemas.find(FoldName(schema));
  return found == entry->schemas.end() ? nullptr : &found->second;
}

std::vector<Share> Listing::ListShares() const {
  std::vector<Share> out;
  for (const auto& [key, entry] : shares_) out.push_back(entry.share);
  return out;
}

Result<Share> Listing::GetShare(std::string_view share) const {
  const ShareEntry* entry = FindShare(share);
  if (entry == nullptr) return NoShare(share);
  return entry->share;
}

Result<std::vector<Schema>> Listing::ListSchemas(std::string_view share) const {
  const ShareEntry* entry = FindShare(share);
  if (entry == nullptr) return NoShare(share);
  std::vector<Schema> out;
  for (const auto& [key, schema] : entry->schemas) out.push_back(schema.schema);
  return out;
}

Result<Schema> Listing::GetSchema(std::string_view share, std::string_view schema) const {
  if (FindShare(share) == nullptr) return NoShare(share);
  const SchemaEntry* entry = FindSchema(share, schema);
  if (entry == nullptr) return NoSchema(share, schema);
  return entry->schema;
}

Result<std::vector<Table>> Listing::ListTables(std::string_view share,
                                               std::string_view schema) const {
  if (FindShare(share) == nullptr) return NoShare(share);
  const SchemaEntry* entry = FindSchema(share, schema);
  if (entry == nullptr) return NoSchema(share, schema);
  std::vector<Table> out;
  for (const auto& [key, table] : entry->tables) out.push_back(table);
  return out;
}

Result<std::vector<Table>> Listing::ListAllTables(std::string_view share) const {
  const ShareEntry* entry = FindShare(share);
  if (entry == nullptr) return NoShare(share);
  std::vector<Table> out;
  for (const auto& [schema_key, schema] : entry->schemas) {
    for (const auto& [key, table] : schema.tables) out.push_back(table);
  }
  return out;
}

Result<Table> Listing::GetTable(std::string_view share, std::string_view schema,
                                std::string_view table) const {
  if (FindShare(share) == nullptr) return NoShare(share);
  const SchemaEntry* entry = FindSchema(share, schema);
  if (entry == nullptr) return NoSchema(share, schema);
  const auto found = entry->tables.find(FoldName(table));
  if (found == entry->tables.end()) return NoTable(share, schema, table);
  return found->second;
}

Result<Table> Listing::GetTableById(std::string_view id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return Fail(ErrorKind::kNotFound, "no table has this id");
  return found->second;
}

}  // namespace sluice::catalog
