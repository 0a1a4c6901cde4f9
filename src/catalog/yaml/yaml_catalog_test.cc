#include "catalog/yaml/yaml_catalog.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

YamlCatalogOptions Sample() {
  YamlTable plain{"t", "/data/t", "", false, 0};
  YamlTable history{"H", "file:///data/h", "given-id", true, 4};
  YamlCatalogOptions options;
  options.shares = {{"S1", {{"c", {plain, history}}, {"empty", {}}}}, {"s2", {{"c", {plain}}}}};
  options.recipients = {{std::string(32, 'a'), {"ann", GrantsOfShares({"s2"}), 5}}};
  return options;
}

TEST(YamlCatalog, AnswersWhatWasConfigured) {
  const auto catalog = MakeYamlCatalog(Sample());
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ((*catalog)->ListShares()->size(), 2U);
  EXPECT_EQ((*catalog)->GetShare("s1")->name, "S1");
  EXPECT_EQ((*catalog)->ListSchemas("s1")->size(), 2U);
  EXPECT_TRUE((*catalog)->ListTables("s1", "empty")->empty());
  EXPECT_EQ((*catalog)->ListAllTables("S1")->size(), 2U);
  const auto history = (*catalog)->GetTable("s1", "C", "h");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->id, "given-id");
  EXPECT_TRUE(history->configured_id);
  EXPECT_TRUE(history->history_shared);
  EXPECT_EQ(history->start_version, 4);
  EXPECT_EQ(history->location, "file:///data/h");
  EXPECT_EQ((*catalog)->GetTableById("given-id")->name, "H");
  const auto ann = (*catalog)->FindRecipient(std::string(32, 'a'));
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->grants->at(0).share, "s2");
  EXPECT_EQ(ann->expires_at_ms, 5);
}

TEST(YamlCatalog, DerivesStableIdsFromNames) {
  const auto catalog = MakeYamlCatalog(Sample());
  ASSERT_TRUE(catalog);
  const auto first = (*catalog)->GetTable("s1", "c", "t");
  const auto second = (*catalog)->GetTable("s2", "c", "t");
  EXPECT_FALSE(first->configured_id);
  EXPECT_FALSE(first->id.empty());
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ((*(*MakeYamlCatalog(Sample()))->GetTable("s1", "c", "t")).id, first->id);
  EXPECT_EQ((*catalog)->GetTableById(second->id)->share, "s2");
}

TEST(YamlCatalog, RefusesBadAndTakenNames) {
  const auto kind_of = [](const YamlCatalogOptions& options) {
    return MakeYamlCatalog(options).error().kind;
  };
  YamlCatalogOptions options = Sample();
  options.shares[1].name = "s1";
  EXPECT_EQ(kind_of(options), ErrorKind::kAlreadyExists);
  options = Sample();
  options.shares[0].schemas[1].name = "C";
  EXPECT_EQ(kind_of(options), ErrorKind::kAlreadyExists);
  options = Sample();
  options.shares[0].schemas[0].tables[1].name = "T";
  EXPECT_EQ(kind_of(options), ErrorKind::kAlreadyExists);
  options = Sample();
  options.shares[0].schemas[0].tables[1].name = "a.b";
  EXPECT_EQ(kind_of(options), ErrorKind::kInvalidArgument);
  options = Sample();
  options.shares[0].name = "a b";
  EXPECT_EQ(kind_of(options), ErrorKind::kInvalidArgument);
  options = Sample();
  options.recipients.push_back(options.recipients[0]);
  EXPECT_EQ(kind_of(options), ErrorKind::kAlreadyExists);
}

}  // namespace
}  // namespace sluice::catalog
