#include "auth/visibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/listing.h"

namespace sluice::auth {
namespace {

using catalog::Grant;
using testing::ElementsAre;
using testing::IsEmpty;

catalog::Recipient With(std::vector<Grant> grants) {
  return {"ann", std::move(grants), std::nullopt};
}

catalog::Table TableIn(std::string schema, std::string name, std::string filter = "") {
  catalog::Table table;
  table.share = "Sales";
  table.schema = std::move(schema);
  table.name = std::move(name);
  table.row_filter = std::move(filter);
  return table;
}

TEST(Visibility, AGrantOpensWhatItNamesAndTheWayToIt) {
  const auto ann = With({{"Sales", "EU", "Orders"}, {"other", "s"}, {"whole"}});
  for (const char* share : {"sales", "SALES", "Other", "WHOLE"}) {
    EXPECT_TRUE(CanSeeShare(ann, share)) << share;
  }
  for (const char* share : {"", "sale", "sales ", "hidden"}) {
    EXPECT_FALSE(CanSeeShare(ann, share)) << share;
  }
  EXPECT_TRUE(CanSeeSchema(ann, "sAles", "eu"));
  EXPECT_FALSE(CanSeeSchema(ann, "sales", "us"));
  EXPECT_FALSE(CanSeeSchema(ann, "sales", ""));
  EXPECT_TRUE(CanSeeSchema(ann, "other", "S"));
  EXPECT_FALSE(CanSeeSchema(ann, "other", "t"));
  EXPECT_TRUE(CanSeeSchema(ann, "whole", "anything"));
  EXPECT_TRUE(CanSeeTable(ann, {"sales", "Eu", "oRDERS"}));
  EXPECT_FALSE(CanSeeTable(ann, {"sales", "eu", "order"}));
  EXPECT_FALSE(CanSeeTable(ann, {"sales", "us", "orders"}));
  EXPECT_TRUE(CanSeeTable(ann, {"other", "s", "anything"}));
  EXPECT_FALSE(CanSeeTable(ann, {"other", "t", "anything"}));
  EXPECT_TRUE(CanSeeTable(ann, {"whole", "a", "b"}));
  EXPECT_FALSE(CanSeeTable(ann, {"hidden", "eu", "orders"}));
}

TEST(Visibility, NoGrantsAreNotAllGrants) {
  const catalog::Recipient all{"a", std::nullopt, std::nullopt};
  EXPECT_TRUE(CanSeeShare(all, "x"));
  EXPECT_TRUE(CanSeeTable(all, {"x", "y", "z"}));
  const auto none = With({});
  EXPECT_FALSE(CanSeeShare(none, "x"));
  EXPECT_FALSE(CanSeeSchema(none, "x", "y"));
  EXPECT_FALSE(CanSeeTable(none, {"x", "y", "z"}));
}

TEST(Visibility, AGrantThatIsNoneGrantsNothing) {
  const auto ann = With({{"", "", ""}, {"sales", "", "orders"}, {"", "eu", "orders"}});
  for (const char* share : {"", "sales"}) {
    EXPECT_FALSE(CanSeeShare(ann, share));
    EXPECT_FALSE(CanSeeSchema(ann, share, "eu"));
    EXPECT_FALSE(CanSeeTable(ann, {share, "eu", "orders"}));
    EXPECT_FALSE(CanSeeTable(ann, {share, "", "orders"}));
  }
}

TEST(Visibility, WhatIsHiddenReadsLikeWhatDoesNotExist) {
  const auto ann = With({{"sales", "eu", "orders"}});
  catalog::Listing listing;
  ASSERT_TRUE(listing.AddShare({"sales", ""}));
  ASSERT_TRUE(listing.AddSchema({"sales", "eu"}));
  const auto share = CheckShareVisible(ann, "Hidden");
  ASSERT_FALSE(share);
  EXPECT_EQ(share.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(share.error().message, listing.GetShare("Hidden").error().message);
  EXPECT_EQ(CheckTableVisible(ann, {"Hidden", "eu", "orders"}).error().message,
            listing.GetTable("Hidden", "eu", "orders").error().message);
  EXPECT_EQ(CheckSchemaVisible(ann, "sales", "Us").error().message,
            listing.ListTables("sales", "Us").error().message);
  EXPECT_EQ(CheckTableVisible(ann, {"sales", "Us", "orders"}).error().message,
            listing.GetTable("sales", "Us", "orders").error().message);
  EXPECT_EQ(CheckTableVisible(ann, {"sales", "eu", "Others"}).error().message,
            listing.GetTable("sales", "eu", "Others").error().message);
  EXPECT_TRUE(CheckTableVisible(ann, {"sales", "eu", "orders"}));
}

TEST(RowFilters, AreThoseOfTheGrantsThatCoverTheTable) {
  const auto ann = With({{"Sales", "eu", "orders", "country = 'DE'"},
                         {"sales", "EU", "", "country = 'FR'"},
                         {"sales", "us", "", "country = 'US'"},
                         {"other", "", "", "x = 1"}});
  const auto orders = RowFiltersOf(ann, TableIn("EU", "Orders"));
  EXPECT_THAT(orders.grants, ElementsAre("country = 'DE'", "country = 'FR'"));
  EXPECT_EQ(orders.table, "");
  EXPECT_FALSE(orders.all_rows());
  EXPECT_THAT(RowFiltersOf(ann, TableIn("eu", "x")).grants, ElementsAre("country = 'FR'"));
}

TEST(RowFilters, OfATableThatIsHiddenShowNothing) {
  EXPECT_THAT(RowFiltersOf(With({}), TableIn("eu", "x")).grants, ElementsAre("FALSE"));
  EXPECT_THAT(RowFiltersOf(With({{"sales", "us"}}), TableIn("eu", "x")).grants,
              ElementsAre("FALSE"));
}

TEST(RowFilters, AGrantWithoutOneLeavesTheTablesOwn) {
  const auto ann = With({{"sales", "eu", "orders", "country = 'DE'"}, {"sales"}});
  const auto filters = RowFiltersOf(ann, TableIn("eu", "orders", "year > 2000"));
  EXPECT_THAT(filters.grants, IsEmpty());
  EXPECT_EQ(filters.table, "year > 2000");
  EXPECT_FALSE(filters.all_rows());
  EXPECT_TRUE(RowFiltersOf(ann, TableIn("eu", "orders")).all_rows());
  const catalog::Recipient all{"a", std::nullopt, std::nullopt};
  EXPECT_TRUE(RowFiltersOf(all, TableIn("eu", "orders")).all_rows());
  EXPECT_EQ(RowFiltersOf(all, TableIn("eu", "orders", "year > 1")).table, "year > 1");
}

}  // namespace
}  // namespace sluice::auth
