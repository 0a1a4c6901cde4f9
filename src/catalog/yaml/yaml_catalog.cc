#include "catalog/yaml/yaml_catalog.h"

#include "catalog/listed_catalog.h"
#include "catalog/recipients.h"

namespace sluice::catalog {
namespace {

class YamlCatalog final : public ListedCatalog {
 public:
  YamlCatalog(Listing listing, Recipients recipients)
      : ListedCatalog(std::move(listing)), recipients_(std::move(recipients)) {}

  Result<Recipient> FindRecipient(std::string_view token_digest) const override {
    return recipients_.Find(token_digest);
  }

 private:
  const Recipients recipients_;
};

Table MakeTable(const YamlShare& share, const YamlSchema& schema, const YamlTable& table) {
  Table out;
  out.share = share.name;
  out.schema = schema.name;
  out.name = table.name;
  out.configured_id = !table.id.empty();
  out.id = table.id;
  if (!out.configured_id) {
    // Names may not hold a newline, so different names cannot run together.
    const std::string names = share.name + "\n" + schema.name + "\n" + table.name;
    out.id = DerivedTableId("configured table", FoldName(names));
  }
  out.location = table.location;
  out.history_shared = table.history_shared;
  out.start_version = table.start_version;
  out.files = table.files;
  out.row_filter = table.row_filter;
  return out;
}

Status AddSchema(const YamlShare& share, const YamlSchema& schema, Listing* listing) {
  SLUICE_RETURN_IF_ERROR(CheckSchemaOrTableName(schema.name));
  SLUICE_RETURN_IF_ERROR(listing->AddSchema({share.name, schema.name, schema.folder}));
  for (const auto& table : schema.tables) {
    SLUICE_RETURN_IF_ERROR(CheckSchemaOrTableName(table.name));
    SLUICE_RETURN_IF_ERROR(listing->AddTable(MakeTable(share, schema, table)));
  }
  return {};
}

Status CheckSchemaNames(const YamlShare& share) {
  for (std::size_t i = 0; i < share.schemas.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!SameName(share.schemas[i].name, share.schemas[j].name)) continue;
      return Fail(ErrorKind::kAlreadyExists, "schema '{}.{}' exists already", share.name,
                  share.schemas[i].name);
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const CatalogStore>> MakeYamlCatalog(const YamlCatalogOptions& options) {
  Listing listing;
  for (const auto& share : options.shares) {
    SLUICE_RETURN_IF_ERROR(CheckShareName(share.name));
    SLUICE_RETURN_IF_ERROR(
        listing.AddShare({share.name, share.id, share.comment, share.properties}));
    SLUICE_RETURN_IF_ERROR(CheckSchemaNames(share));
    for (const auto& schema : share.schemas) {
      SLUICE_RETURN_IF_ERROR(AddSchema(share, schema, &listing));
    }
  }
  Recipients recipients;
  for (const auto& entry : options.recipients) {
    SLUICE_RETURN_IF_ERROR(recipients.Add(entry.token_digest, entry.recipient));
  }
  return std::make_shared<const YamlCatalog>(std::move(listing), std::move(recipients));
}

}  // namespace sluice::catalog
