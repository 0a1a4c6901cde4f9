#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/listing.h"
#include "catalog/recipients.h"

namespace sluice::catalog {
namespace {

using testing::HasSubstr;

TEST(Names, FollowTheRulesOfTheProtocol) {
  EXPECT_TRUE(CheckShareName("a.b-c_ü"));
  EXPECT_TRUE(CheckShareName(std::string(255, 'x')));
  EXPECT_TRUE(CheckSchemaOrTableName("a-b_ü#%"));
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a/b"), std::string("a\nb"),
        std::string("a\x7f"), std::string("a\0b", 3), std::string(256, 'x')}) {
    EXPECT_EQ(CheckShareName(name).error().kind, ErrorKind::kInvalidArgument) << name;
    EXPECT_EQ(CheckSchemaOrTableName(name).error().kind, ErrorKind::kInvalidArgument) << name;
  }
  EXPECT_THAT(CheckSchemaOrTableName("a.b").error().message, HasSubstr("'.' (character 2)"));
  // A terminal and a reader of logs would act on these.
  for (const auto& [name, point] : {std::pair{"a\xC2\x9B[2J", "U+009B"},
                                    {"a\xE2\x80\xA8", "U+2028"},
                                    {"a\xE2\x80\xAE", "U+202E"},
                                    {"\xE2\x81\xA6x", "U+2066"}}) {
    EXPECT_THAT(CheckShareName(name).error().message, HasSubstr(point));
    EXPECT_THAT(CheckSchemaOrTableName(name).error().message, HasSubstr(point));
  }
}

TEST(Names, CompareWithoutCase) {
  EXPECT_TRUE(SameName("Sales", "sALES"));
  EXPECT_FALSE(SameName("Sales", "Sale"));
  EXPECT_FALSE(SameName("a", "b"));
  EXPECT_EQ(FoldName("A.Z[É"), "a.z[É");
}

TEST(DerivedTableId, DependsOnDomainAndIdentity) {
  const std::string id = DerivedTableId("d", "x");
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id, DerivedTableId("d", "x"));
  EXPECT_NE(id, DerivedTableId("e", "x"));
  EXPECT_NE(id, DerivedTableId("d", "y"));
}

Table MakeTable(std::string schema, std::string name, std::string id) {
  Table table;
  table.share = "SHARE";
  table.schema = std::move(schema);
  table.name = std::move(name);
  table.id = std::move(id);
  table.location = "/" + table.id;
  return table;
}

Listing Sample() {
  Listing listing;
  EXPECT_TRUE(listing.AddShare({"Share", "sid"}));
  EXPECT_TRUE(listing.AddShare({"another", ""}));
  EXPECT_TRUE(listing.AddSchema({"share", "Beta"}));
  EXPECT_TRUE(listing.AddSchema({"share", "alpha"}));
  EXPECT_TRUE(listing.AddSchema({"share", "BETA"}));
  EXPECT_TRUE(listing.AddTable(MakeTable("beta", "Zed", "1")));
  EXPECT_TRUE(listing.AddTable(MakeTable("beta", "abc", "2")));
  EXPECT_TRUE(listing.AddTable(MakeTable("alpha", "Zed", "3")));
  return listing;
}

TEST(Listing, AnswersInOrderAndAsSpelled) {
  const Listing listing = Sample();
  const auto shares = listing.ListShares();
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[0].name, "another");
  EXPECT_EQ(shares[1].name, "Share");
  EXPECT_EQ(listing.GetShare("sHARE")->id, "sid");
  const auto schemas = listing.ListSchemas("SHARE");
  ASSERT_EQ(schemas->size(), 2U);
  EXPECT_EQ(schemas->at(0).name, "alpha");
  EXPECT_EQ(schemas->at(1).name, "Beta");
  EXPECT_EQ(schemas->at(1).share, "Share");
  const auto tables = listing.ListTables("share", "BETA");
  ASSERT_EQ(tables->size(), 2U);
  EXPECT_EQ(tables->at(0).name, "abc");
  EXPECT_EQ(tables->at(1).name, "Zed");
  EXPECT_EQ(tables->at(1).share, "Share");
  EXPECT_EQ(tables->at(1).schema, "Beta");
  const auto all = listing.ListAllTables("share");
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ(all->at(0).schema, "alpha");
  EXPECT_TRUE(listing.ListSchemas("another")->empty());
  EXPECT_EQ(listing.GetTable("share", "beta", "ZED")->id, "1");
  EXPECT_EQ(listing.GetTableById("3")->schema, "alpha");
}

TEST(Listing, NamesWhatDoesNotExist) {
  const Listing listing = Sample();
  EXPECT_EQ(listing.GetShare("x").error().message, "share 'x' does not exist");
  EXPECT_EQ(listing.GetShare("a\nb").error().message, "share 'a?b' does not exist");
  EXPECT_EQ(listing.ListSchemas("x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(listing.ListTables("x", "y").error().message, "share 'x' does not exist");
  EXPECT_EQ(listing.ListTables("share", "y").error().message, "schema 'share.y' does not exist");
  EXPECT_EQ(listing.ListAllTables("x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(listing.GetTable("share", "beta", "t").error().message,
            "table 'share.beta.t' does not exist");
  EXPECT_EQ(listing.GetTableById("9").error().kind, ErrorKind::kNotFound);
}

TEST(Listing, RefusesWhatIsTaken) {
  Listing listing = Sample();
  EXPECT_EQ(listing.AddShare({"SHARE", ""}).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(listing.AddTable(MakeTable("beta", "ZED", "4")).error().kind,
            ErrorKind::kAlreadyExists);
  Table same_id = MakeTable("beta", "new", "1");
  same_id.location = "/elsewhere";
  EXPECT_EQ(listing.AddTable(same_id).error().kind, ErrorKind::kAlreadyExists);
  same_id.location = "/1";
  EXPECT_TRUE(listing.AddTable(same_id));
  EXPECT_EQ(listing.AddSchema({"none", "x"}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(listing.AddTable(MakeTable("none", "x", "7")).error().kind, ErrorKind::kNotFound);
}

TEST(Recipients, AreFoundByTheDigestOfTheirToken) {
  Recipients recipients;
  const std::string a(32, 'a');
  const std::string b(32, 'b');
  EXPECT_TRUE(recipients.Add(a, {"ann", std::nullopt, std::nullopt}));
  EXPECT_TRUE(recipients.Add(b, {"bob", std::nullopt, std::nullopt}));
  EXPECT_EQ(recipients.Find(a)->name, "ann");
  EXPECT_EQ(recipients.Find(b)->name, "bob");
  for (const std::string& other : {std::string(32, 'c'), std::string(32, '0'), std::string(),
                                   std::string(31, 'a'), std::string(33, 'a')}) {
    EXPECT_EQ(recipients.Find(other).error().kind, ErrorKind::kNotFound);
  }
  EXPECT_EQ(recipients.Add(a, {"eve", std::nullopt, std::nullopt}).error().kind,
            ErrorKind::kAlreadyExists);
  EXPECT_EQ(recipients.Add("short", {"eve", std::nullopt, std::nullopt}).error().kind,
            ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::catalog
