#include "catalog/managed/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "catalog/managed/managed_catalog.h"
#include "catalog/rows/kinds.h"
#include "catalog/rows/memory_rows.h"

namespace sluice::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TestClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::int64_t now = 1'700'000'000'000;
};

class AdminTest : public testing::Test {
 protected:
  AdminTest() {
    options_.clock = &clock_;
    options_.check_row_filter = [](std::string_view filter) -> Status {
      if (filter.starts_with("ok")) return {};
      return Fail(ErrorKind::kInvalidArgument, "no filter");
    };
    options_.check_location = [](std::string_view location) -> Status {
      if (location.starts_with('/')) return {};
      return Fail(ErrorKind::kInvalidArgument, "no location");
    };
    options_.folder_location = [](std::string_view location) -> Result<std::string> {
      if (location.starts_with('/')) return std::string(location);
      return Fail(ErrorKind::kInvalidArgument, "no folder");
    };
    options_.check_issuer = [](std::string_view issuer) -> Status {
      if (issuer.starts_with("https://")) return {};
      return Fail(ErrorKind::kInvalidArgument, "no issuer");
    };
    auto opened = OpenManagedCatalog(rows::MakeMemoryRows(), {60'000, 60'000, &clock_});
    catalog_ = *std::move(opened);
    admin_.emplace(catalog_->rows(), options_, "test");
  }

  static TableRecord Table(std::string share, std::string schema, std::string name) {
    TableRecord table{std::move(share), std::move(schema), std::move(name)};
    table.location = "/data/t";
    return table;
  }
  void MakeShare() {
    ASSERT_TRUE(admin_->CreateShare({"Sales"}));
    ASSERT_TRUE(admin_->AddTable(Table("sales", "EU", "Orders")));
    ASSERT_TRUE(admin_->AddTable(Table("SALES", "eu", "items")));
    ASSERT_TRUE(admin_->CreateRecipient({"Ann"}));
  }
  /// What a request with this token finds.
  Result<Recipient> Find(const std::string& token) {
    return catalog_->FindRecipient(AsView(Sha256(token)));
  }
  ErrorKind KindOf(const Status& status) {
    return status ? ErrorKind::kInternal : status.error().kind;
  }
  template <typename T>
  ErrorKind KindOf(const Result<T>& result) {
    return result ? ErrorKind::kInternal : result.error().kind;
  }

  TestClock clock_;
  AdminOptions options_;
  std::shared_ptr<const ManagedCatalog> catalog_;
  std::optional<Admin> admin_;
};

TEST_F(AdminTest, TablesAreServedAsTheyAreAddedAndRemoved) {
  MakeShare();
  const auto table = catalog_->GetTable("sales", "eu", "ORDERS");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->share, "Sales");
  EXPECT_EQ(table->schema, "EU");
  EXPECT_EQ(table->name, "Orders");
  EXPECT_EQ(table->id.size(), 32U);
  EXPECT_EQ(catalog_->GetTableById(table->id)->name, "Orders");
  EXPECT_EQ(catalog_->ListAllTables("sales")->size(), 2U);
  ASSERT_TRUE(admin_->RemoveTable("sales", "eu", "orders"));
  EXPECT_EQ(KindOf(catalog_->GetTable("sales", "eu", "orders")), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->DropShare("sales"));
  EXPECT_TRUE(catalog_->ListShares()->empty());
}

TEST_F(AdminTest, NamesAndTextsAreChecked) {
  MakeShare();
  EXPECT_EQ(KindOf(admin_->CreateShare({"a b"})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->CreateShare({"a\xFF"})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->CreateShare({"sALES"})), ErrorKind::kAlreadyExists);
  for (const auto& refused : {admin_->CreateRecipient({"a\xE2\x80\xAE"}).error(),
                              admin_->CreateAdmin("a\xE2\x80\xAE", std::nullopt).error(),
                              admin_->CreateShare({"a\xE2\x80\xAE"}).error(),
                              admin_->AddTable(Table("sales", "e\xE2\x80\xAE", "x")).error()}) {
    EXPECT_EQ(refused.kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(refused.message, HasSubstr("U+202E"));
  }
  EXPECT_EQ(KindOf(admin_->AddTable(Table("sales", "eu", "orders"))), ErrorKind::kAlreadyExists);
  EXPECT_EQ(KindOf(admin_->AddTable(Table("sales", "e.u", "x"))), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->AddTable(Table("none", "eu", "x"))), ErrorKind::kNotFound);
  TableRecord table = Table("sales", "eu", "x");
  table.row_filter = "bad";
  EXPECT_EQ(KindOf(admin_->AddTable(table)), ErrorKind::kInvalidArgument);
  table = Table("sales", "eu", "x");
  table.start_version = 2;
  EXPECT_EQ(KindOf(admin_->AddTable(table)), ErrorKind::kInvalidArgument);
  table = Table("sales", "eu", "x");
  table.location = "relative";
  EXPECT_EQ(KindOf(admin_->AddTable(table)), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->CreateRecipient({"ANN"})), ErrorKind::kAlreadyExists);
  EXPECT_EQ(KindOf(admin_->CreateRecipient({"a\nb"})), ErrorKind::kInvalidArgument);
  RecipientRecord recipient{"bob"};
  for (const char* network : {"192.0.2.0/33", "x", "192.0.2.0/", "2001:db8::/129", "::/-1"}) {
    recipient.allowed_networks = {network};
    EXPECT_EQ(KindOf(admin_->CreateRecipient(recipient)), ErrorKind::kInvalidArgument) << network;
  }
  recipient.allowed_networks = {"192.0.2.0/24", "2001:db8::/32", "::1"};
  recipient.limits.requests_per_minute = 0;
  EXPECT_EQ(KindOf(admin_->CreateRecipient(recipient)), ErrorKind::kInvalidArgument);
  recipient.limits.requests_per_minute = 10;
  EXPECT_TRUE(admin_->CreateRecipient(recipient));
}

TEST_F(AdminTest, OptionsOfATablesStoreAreKeptAsTheyWereChecked) {
  MakeShare();
  std::string checked;
  options_.check_storage = [&](std::string_view location, const auto& options) -> Status {
    checked = location;
    if (!options.contains("key")) return {};
    return Fail(ErrorKind::kInvalidArgument, "a secret");
  };
  const Admin admin(catalog_->rows(), options_, "test");
  TableRecord table = Table("sales", "eu", "x");
  table.storage = {{"region", "eu-central-1"}, {"endpoint", "https://store.example.com/a=b"}};
  ASSERT_TRUE(admin.AddTable(table));
  EXPECT_EQ(checked, "/data/t");
  EXPECT_EQ(catalog_->GetTable("sales", "eu", "x")->storage, table.storage);
  EXPECT_TRUE(catalog_->GetTable("sales", "eu", "orders")->storage.empty());
  const auto shown = admin.ListTables("sales").value();
  EXPECT_EQ(std::count_if(shown.begin(), shown.end(),
                          [&](const auto& one) { return one.storage == table.storage; }),
            1);
  table.name = "y";
  table.storage["key"] = "value";
  EXPECT_EQ(KindOf(admin.AddTable(table)), ErrorKind::kInvalidArgument);
  table.storage = {{"region", "two\nlines"}};
  EXPECT_EQ(KindOf(admin.AddTable(table)), ErrorKind::kInvalidArgument);
  for (int i = 0; i < 100; ++i) table.storage[std::to_string(i)] = "x";
  EXPECT_EQ(KindOf(admin.AddTable(table)), ErrorKind::kInvalidArgument);
}

TEST_F(AdminTest, OneIdIsOfOneLocation) {
  MakeShare();
  TableRecord table = Table("sales", "eu", "x");
  table.id = "given";
  ASSERT_TRUE(admin_->AddTable(table));
  table.name = "y";
  EXPECT_TRUE(admin_->AddTable(table));
  table.name = "z";
  table.location = "/elsewhere";
  EXPECT_EQ(KindOf(admin_->AddTable(table)), ErrorKind::kAlreadyExists);
  EXPECT_EQ(catalog_->ListAllTables("sales")->size(), 4U);
}

TEST_F(AdminTest, RecipientsSeeNothingUntilTheyAreGranted) {
  MakeShare();
  const auto token = admin_->IssueToken("ann", std::nullopt);
  ASSERT_TRUE(token);
  ASSERT_TRUE(Find(token->text)->grants.has_value());
  EXPECT_TRUE(Find(token->text)->grants->empty());
  ASSERT_TRUE(admin_->AddGrant("ann", {"SALES", "eu", "orders", "ok"}));
  const auto grants = Find(token->text)->grants;
  ASSERT_EQ(grants->size(), 1U);
  EXPECT_EQ(grants->front().share, "Sales");
  EXPECT_EQ(grants->front().table, "Orders");
  EXPECT_EQ(grants->front().row_filter, "ok");
  ASSERT_TRUE(admin_->AddGrant("ann", {"sales", "eu", "orders", "ok 2"}));
  EXPECT_EQ(Find(token->text)->grants->at(0).row_filter, "ok 2");
  EXPECT_EQ(KindOf(admin_->AddGrant("ann", {"sales", "", "", "bad"})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->AddGrant("ann", {"sales", "", "orders"})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->AddGrant("ann", {"sales", "us"})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(admin_->AddGrant("bob", {"sales"})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(admin_->RemoveGrant("ann", {"sales"})), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->RemoveGrant("ann", {"sales", "eu", "ORDERS"}));
  EXPECT_TRUE(Find(token->text)->grants->empty());
}

TEST_F(AdminTest, WhatGoesTakesItsGrantsAlong) {
  MakeShare();
  const auto token = admin_->IssueToken("ann", std::nullopt);
  for (const Grant& grant :
       {Grant{"sales"}, Grant{"sales", "eu"}, Grant{"sales", "eu", "orders"}}) {
    ASSERT_TRUE(admin_->AddGrant("ann", grant));
  }
  ASSERT_TRUE(admin_->RemoveTable("sales", "eu", "orders"));
  EXPECT_EQ(admin_->ListGrants()->size(), 2U);
  ASSERT_TRUE(admin_->RemoveSchema("sales", "eu"));
  EXPECT_EQ(admin_->ListGrants()->size(), 1U);
  ASSERT_TRUE(admin_->DropShare("sales"));
  EXPECT_TRUE(admin_->ListGrants()->empty());
  // What comes by the same name later is not what was granted.
  ASSERT_TRUE(admin_->CreateShare({"Sales"}));
  ASSERT_TRUE(admin_->AddTable(Table("sales", "EU", "Orders")));
  EXPECT_TRUE(Find(token->text)->grants->empty());
}

TEST_F(AdminTest, PropertiesLimitsAndNetworksReachTheServer) {
  RecipientRecord recipient{"bob"};
  recipient.properties = {{"country", "DE"}};
  recipient.allowed_networks = {"192.0.2.0/24", "::1"};
  recipient.limits = {60, 4};
  ASSERT_TRUE(admin_->CreateRecipient(recipient));
  const auto token = admin_->IssueToken("bob", std::nullopt);
  auto found = Find(token->text);
  EXPECT_EQ(found->properties.at("country"), "DE");
  EXPECT_THAT(found->allowed_networks, ElementsAre("192.0.2.0/24", "::1"));
  EXPECT_EQ(found->limits.requests_per_minute, 60);
  EXPECT_EQ(found->limits.concurrent_requests, 4);
  RecipientChanges changes;
  changes.properties = {{"country", "FR"}, {"tier", "1"}};
  changes.limits = RecipientLimits{std::nullopt, 5};
  const auto altered = admin_->AlterRecipient("BOB", changes);
  ASSERT_TRUE(altered) << altered.error().message;
  EXPECT_EQ(altered->allowed_networks.size(), 2U);
  found = Find(token->text);
  EXPECT_EQ(found->properties.at("country"), "FR");
  EXPECT_FALSE(found->limits.requests_per_minute);
  EXPECT_EQ(found->limits.concurrent_requests, 5);
}

TEST_F(AdminTest, TokensOfIssuersMeanRecipients) {
  MakeShare();
  ASSERT_TRUE(admin_->AddGrant("ann", {"sales"}));
  ASSERT_TRUE(admin_->CreateRecipient({"Bob"}));
  const std::string issuer = "https://a";
  const auto added = admin_->AddIdentity("ANN", {issuer, "a1", {}, {{"country", "land"}}});
  ASSERT_TRUE(added) << added.error().message;
  ASSERT_TRUE(admin_->AddIdentity("bob", {issuer, "", {{"groups", {"x"}}, {"tenant", {"t"}}}}));
  const auto find = [&](const Identity& identity) { return catalog_->FindByIdentity(identity); };
  const auto ann = find({issuer, "a1", {{"land", {"DE"}}, {"groups", {"x"}}, {"tenant", {"t"}}}});
  ASSERT_TRUE(ann) << ann.error().message;
  EXPECT_EQ(ann->name, "Ann");
  EXPECT_EQ(ann->grants->at(0).share, "Sales");
  EXPECT_EQ(ann->properties.at("country"), "DE");
  EXPECT_FALSE(ann->expires_at_ms);
  EXPECT_EQ(find({issuer, "", {{"groups", {"y", "x"}}, {"tenant", {"t"}}}})->name, "Bob");
  EXPECT_EQ(find({issuer, "z", {{"groups", {"x"}}, {"tenant", {"t"}}}})->name, "Bob");
  EXPECT_EQ(KindOf(find({issuer, "z", {{"groups", {"x"}}}})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(find({"https://b", "a1", {}})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(find({issuer, "A1", {}})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(find({issuer, "", {}})), ErrorKind::kNotFound);
  // Of several recipients it is nobody's.
  ASSERT_TRUE(admin_->AddIdentity("ann", {issuer, "", {{"tenant", {"t"}}}}));
  EXPECT_EQ(KindOf(find({issuer, "z", {{"groups", {"x"}}, {"tenant", {"t"}}}})),
            ErrorKind::kPermissionDenied);
  const auto shown = admin_->GetRecipient("ann");
  ASSERT_EQ(shown->identities.size(), 2U);
  ASSERT_TRUE(admin_->RemoveIdentity("ann", added->id));
  EXPECT_EQ(KindOf(find({issuer, "a1", {}})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(admin_->RemoveIdentity("bob", added->id)), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->RevokeTokens("ann", ""));
  EXPECT_EQ(KindOf(find({issuer, "z", {{"tenant", {"t"}}}})), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->DropRecipient("bob"));
  EXPECT_EQ(KindOf(find({issuer, "", {{"groups", {"x"}}, {"tenant", {"t"}}}})),
            ErrorKind::kNotFound);
}

TEST_F(AdminTest, IdentitiesAreCheckedAndOfOneRecipient) {
  MakeShare();
  ASSERT_TRUE(admin_->CreateRecipient({"bob"}));
  const std::vector<IdentityTerms> wrong = {
      {"http://a", "s"},
      {"https://a"},
      {"https://a", "s\n"},
      {"https://a", "", {{"", {"v"}}}},
      {"https://a", "", {{"c", {}}}},
      {"https://a", "s", {}, {{"p", ""}}},
  };
  for (const auto& terms : wrong) {
    EXPECT_EQ(KindOf(admin_->AddIdentity("ann", terms)), ErrorKind::kInvalidArgument)
        << terms.issuer << " " << terms.subject;
  }
  const IdentityTerms terms = {"https://a", "s"};
  EXPECT_EQ(KindOf(admin_->AddIdentity("nobody", terms)), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->AddIdentity("ann", terms));
  EXPECT_EQ(KindOf(admin_->AddIdentity("bob", terms)), ErrorKind::kAlreadyExists);
  RecipientRecord carol{"carol"};
  carol.identities = {{"", terms}};
  EXPECT_EQ(KindOf(admin_->CreateRecipient(carol)), ErrorKind::kAlreadyExists);
  EXPECT_EQ(KindOf(admin_->GetRecipient("carol")), ErrorKind::kNotFound);
  carol.identities[0].terms.subject = "other";
  ASSERT_TRUE(admin_->CreateRecipient(carol));
  EXPECT_EQ(admin_->GetRecipient("carol")->identities.at(0).terms.subject, "other");
  EXPECT_EQ(admin_->ListChanges(1)->at(0).detail, "https://a subject 'other'");
}

TEST_F(AdminTest, RemarksAreKeptAndTheShareShowsThem) {
  ASSERT_TRUE(admin_->CreateShare({"S", "", "first", 0, {{"k", "v"}}}));
  TableRecord table = Table("s", "EU", "T");
  table.comment = "of T";
  table.properties = {{"owner", "a = b"}};
  ASSERT_TRUE(admin_->AddTable(table));
  EXPECT_EQ(catalog_->GetShare("s")->comment, "first");
  EXPECT_EQ(catalog_->GetShare("s")->properties.at("k"), "v");
  const auto share = admin_->AlterShare("S", {"second", std::nullopt});
  ASSERT_TRUE(share) << share.error().message;
  EXPECT_EQ(share->comment, "second");
  EXPECT_EQ(share->properties.at("k"), "v");
  ASSERT_TRUE(admin_->AlterShare("s", {std::nullopt, {{{"a", ""}, {"b", "2"}}}}));
  EXPECT_EQ(catalog_->GetShare("s")->properties,
            (std::map<std::string, std::string>{{"a", ""}, {"b", "2"}}));
  EXPECT_EQ(catalog_->GetShare("s")->comment, "second");
  const auto schema = admin_->AlterSchema("s", "eu", {"of EU", {{{"x", "y"}}}});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(schema->name, "EU");
  EXPECT_EQ(admin_->ListSchemas("s")->at(0).comment, "of EU");
  EXPECT_EQ(admin_->ListTables("s")->at(0).properties.at("owner"), "a = b");
  const auto altered = admin_->AlterTable("s", "eu", "t", {"", std::nullopt});
  ASSERT_TRUE(altered) << altered.error().message;
  EXPECT_EQ(altered->comment, "");
  EXPECT_EQ(altered->properties.at("owner"), "a = b");
  EXPECT_EQ(altered->location, "/data/t");
  EXPECT_EQ(KindOf(admin_->AlterTable("s", "eu", "u", {})), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(admin_->AlterShare("s", {"a\nb", std::nullopt})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(admin_->AlterShare("s", {std::nullopt, {{{"k", std::string(1001, 'x')}}}})),
            ErrorKind::kInvalidArgument);
}

TEST_F(AdminTest, ASchemaMayHaveAFolder) {
  MakeShare();
  SchemaRecord schema{"sales", "Raw"};
  schema.folder = {"/data/raw", {"a/*"}, {"tmp/**"}, true, "ok", {{"region", "eu-west-1"}}};
  options_.check_storage = [](std::string_view, const auto& options) -> Status {
    if (options.contains("region")) return {};
    return Fail(ErrorKind::kInvalidArgument, "no such option");
  };
  admin_.emplace(catalog_->rows(), options_, "test");
  const auto added = admin_->AddFolder(schema);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->share, "Sales");
  EXPECT_EQ(catalog_->GetSchema("sales", "raw")->folder, schema.folder);
  EXPECT_EQ(KindOf(admin_->AddFolder(schema)), ErrorKind::kAlreadyExists);
  // Beside tables that have names of their own, which stay.
  schema.name = "eu";
  ASSERT_TRUE(admin_->AddFolder(schema));
  EXPECT_EQ(catalog_->ListTables("sales", "eu")->size(), 2U);
  EXPECT_EQ(catalog_->GetSchema("sales", "eu")->name, "EU");
  // A table may be granted that is not there yet; elsewhere it must be.
  ASSERT_TRUE(admin_->AddGrant("ann", {"sales", "raw", "later"}));
  EXPECT_EQ(KindOf(admin_->AddGrant("ann", {"sales", "raw", "a.b"})), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->RemoveSchema("sales", "raw"));
  EXPECT_TRUE(admin_->ListGrants()->empty());
  EXPECT_EQ(KindOf(catalog_->GetSchema("sales", "raw")), ErrorKind::kNotFound);
  schema.name = "x";
  schema.folder->location = "s3://b/x";
  EXPECT_EQ(KindOf(admin_->AddFolder(schema)), ErrorKind::kInvalidArgument);
  schema.folder = {"/data/raw", {"["}};
  EXPECT_EQ(KindOf(admin_->AddFolder(schema)), ErrorKind::kInvalidArgument);
  schema.folder = {"/data/raw", {}, {}, false, "bad"};
  EXPECT_EQ(KindOf(admin_->AddFolder(schema)), ErrorKind::kInvalidArgument);
  schema.folder->row_filter = "";
  schema.folder->storage = {{"key", "secret"}};
  EXPECT_EQ(KindOf(admin_->AddFolder(schema)), ErrorKind::kInvalidArgument);
  schema.folder->storage.clear();
  schema.share = "none";
  EXPECT_EQ(KindOf(admin_->AddFolder(schema)), ErrorKind::kNotFound);
}

TEST_F(AdminTest, RotationEndsOldTokensWithTheGrace) {
  MakeShare();
  const auto first = admin_->IssueToken("ann", std::nullopt);
  const auto brief = admin_->IssueToken("ann", 1'000);
  const auto second = admin_->Rotate("ann", {std::nullopt, 3'600'000});
  ASSERT_TRUE(second);
  EXPECT_EQ(Find(first->text)->expires_at_ms, clock_.now + 3'600'000);
  EXPECT_EQ(Find(brief->text)->expires_at_ms, clock_.now + 1'000);
  EXPECT_FALSE(Find(second->text)->expires_at_ms);
  const auto third = admin_->Rotate("ann", {86'400'000, 0});
  ASSERT_TRUE(third);
  EXPECT_EQ(KindOf(Find(first->text)), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(Find(second->text)), ErrorKind::kNotFound);
  EXPECT_EQ(Find(third->text)->expires_at_ms, clock_.now + 86'400'000);
}

TEST_F(AdminTest, RevocationHoldsAtOnce) {
  MakeShare();
  const auto first = admin_->IssueToken("ann", std::nullopt);
  const auto second = admin_->IssueToken("ann", std::nullopt);
  const auto link = admin_->MakeLink("ann", {60'000, std::nullopt});
  EXPECT_EQ(KindOf(admin_->RevokeTokens("ann", "nothing")), ErrorKind::kNotFound);
  ASSERT_TRUE(admin_->RevokeTokens("ann", first->id));
  EXPECT_EQ(KindOf(Find(first->text)), ErrorKind::kNotFound);
  EXPECT_TRUE(Find(second->text));
  ASSERT_TRUE(admin_->RevokeTokens("ann", ""));
  EXPECT_EQ(KindOf(Find(second->text)), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(admin_->Activate(link->text)), ErrorKind::kNotFound);
}

TEST_F(AdminTest, ALinkIsExchangedOnce) {
  MakeShare();
  const auto link = admin_->MakeLink("ann", {60'000, 5'000});
  ASSERT_TRUE(link);
  EXPECT_EQ(admin_->GetRecipient("ann")->open_links, 1);
  EXPECT_EQ(admin_->IsOpen(link->text).value(), true);
  EXPECT_EQ(admin_->IsOpen("guess").value(), false);
  const auto before = catalog_->rows().Version();
  EXPECT_EQ(KindOf(admin_->Activate("guess")), ErrorKind::kNotFound);
  EXPECT_EQ(*catalog_->rows().Version(), *before);
  const auto activated = admin_->Activate(link->text);
  ASSERT_TRUE(activated) << activated.error().message;
  EXPECT_EQ(activated->recipient, "Ann");
  EXPECT_EQ(Find(activated->token.text)->expires_at_ms, clock_.now + 5'000);
  EXPECT_EQ(KindOf(admin_->Activate(link->text)), ErrorKind::kNotFound);
  const auto late = admin_->MakeLink("ann", {60'000, std::nullopt});
  clock_.now += 60'000;
  EXPECT_EQ(KindOf(admin_->Activate(late->text)), ErrorKind::kNotFound);
}

TEST_F(AdminTest, NoSecretIsKept) {
  MakeShare();
  std::vector<std::string> secrets = {admin_->IssueToken("ann", std::nullopt)->text,
                                      admin_->Rotate("ann", {})->text,
                                      admin_->MakeLink("ann", {60'000, std::nullopt})->text,
                                      admin_->CreateAdmin("root", std::nullopt)->text};
  const auto read = catalog_->rows().Read([&](rows::RowReader& reader, std::int64_t) -> Status {
    for (const rows::RowKind* kind : rows::AllKinds()) {
      SLUICE_TRY(const auto rows, reader.Select(*kind, {}));
      for (const auto& row : rows) {
        for (const auto& value : row) {
          const auto* text = std::get_if<std::string>(&value);
          for (const auto& secret : secrets) {
            if (text != nullptr) EXPECT_EQ(text->find(secret), std::string::npos) << kind->name;
          }
        }
      }
    }
    return {};
  });
  EXPECT_TRUE(read);
}

TEST_F(AdminTest, AdminsAreKnownByTheirTokensUntilTheyExpire) {
  const auto token = admin_->CreateAdmin("Root", 1'000);
  ASSERT_TRUE(token);
  EXPECT_EQ(KindOf(admin_->CreateAdmin("root", std::nullopt)), ErrorKind::kAlreadyExists);
  EXPECT_EQ(admin_->FindAdmin(token->text).value(), "Root");
  EXPECT_EQ(KindOf(admin_->FindAdmin("guess")), ErrorKind::kUnauthenticated);
  clock_.now += 1'000;
  EXPECT_EQ(KindOf(admin_->FindAdmin(token->text)), ErrorKind::kUnauthenticated);
  ASSERT_TRUE(admin_->DropAdmin("root"));
  EXPECT_TRUE(admin_->ListAdmins()->empty());
}

TEST_F(AdminTest, EveryChangeIsOneLineAndNothingElseIs) {
  MakeShare();
  EXPECT_FALSE(admin_->CreateShare({"sales"}));
  ASSERT_TRUE(admin_->AddGrant("ann", {"sales", "eu"}));
  const auto changes = admin_->ListChanges(2);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ(changes->at(0).action, "grant");
  EXPECT_EQ(changes->at(0).target, "ann/sales.eu");
  EXPECT_EQ(changes->at(0).actor, "test");
  EXPECT_EQ(changes->at(0).at_ms, clock_.now);
  EXPECT_EQ(changes->at(1).action, "create recipient");
  EXPECT_EQ(changes->at(0).version, changes->at(1).version + 1);
}

/// Rows that can be told to fail, and count what is asked of them.
class FailingRows final : public rows::RowStore {
 public:
  struct Told {
    std::unique_ptr<rows::RowStore> rows = rows::MakeMemoryRows();
    bool fails = false;
    int versions = 0;
    int reads = 0;
  };
  explicit FailingRows(Told& told) : told_(told) {}
  Result<std::int64_t> Version() override {
    ++told_.versions;
    if (told_.fails) return Fail(ErrorKind::kUnavailable, "gone");
    return told_.rows->Version();
  }
  Status Read(const ReadBody& body) override {
    ++told_.reads;
    return told_.rows->Read(body);
  }
  Status Write(const WriteBody& body) override { return told_.rows->Write(body); }

 private:
  Told& told_;
};

TEST(ManagedCatalog, AsksForTheVersionNowAndThenAndReadsOnlyNewOnes) {
  TestClock clock;
  FailingRows::Told told;
  const auto catalog =
      OpenManagedCatalog(std::make_unique<FailingRows>(told), {100, 5'000, &clock});
  ASSERT_TRUE(catalog);
  EXPECT_EQ(told.versions, 1);
  EXPECT_EQ(told.reads, 1);
  EXPECT_TRUE((*catalog)->ListShares()->empty());
  EXPECT_EQ(told.versions, 1);
  clock.now += 100;
  EXPECT_TRUE((*catalog)->ListShares()->empty());
  EXPECT_EQ(told.versions, 2);
  EXPECT_EQ(told.reads, 1);
  // Another process adds a share.
  AdminOptions options;
  options.clock = &clock;
  ASSERT_TRUE(Admin(*told.rows, options, "other").CreateShare({"s"}));
  EXPECT_TRUE((*catalog)->ListShares()->empty());
  clock.now += 100;
  EXPECT_EQ((*catalog)->ListShares()->size(), 1U);
}

TEST(ManagedCatalog, OutlivesRowsThatAreGoneForAWhileAndNoLonger) {
  TestClock clock;
  FailingRows::Told told;
  const auto catalog =
      OpenManagedCatalog(std::make_unique<FailingRows>(told), {100, 5'000, &clock});
  ASSERT_TRUE(catalog);
  told.fails = true;
  clock.now += 4'999;
  EXPECT_TRUE((*catalog)->ListShares());
  const int asked = told.versions;
  EXPECT_TRUE((*catalog)->ListShares());
  EXPECT_EQ(told.versions, asked);  // Not again within a second.
  clock.now += 1;
  EXPECT_EQ((*catalog)->ListShares().error().kind, ErrorKind::kUnavailable);
  told.fails = false;
  clock.now += 1'000;
  EXPECT_TRUE((*catalog)->ListShares());
}

TEST(ManagedCatalog, IsAtHandWhileItsVersionIsKnownToBeTheNewest) {
  TestClock clock;
  FailingRows::Told told;
  const auto far = OpenManagedCatalog(std::make_unique<FailingRows>(told), {100, 5'000, &clock});
  ASSERT_TRUE(far);
  EXPECT_TRUE((*far)->AtHand());
  clock.now += 100;
  EXPECT_FALSE((*far)->AtHand());
  EXPECT_TRUE((*far)->ListShares());
  EXPECT_TRUE((*far)->AtHand());

  const auto near = OpenManagedCatalog(rows::MakeMemoryRows(), {0, 0, &clock});
  ASSERT_TRUE(near);
  EXPECT_TRUE((*near)->AtHand());
  AdminOptions options;
  options.clock = &clock;
  ASSERT_TRUE(Admin((*near)->rows(), options, "test").CreateShare({"s"}));
  EXPECT_FALSE((*near)->AtHand());
  EXPECT_EQ((*near)->ListShares()->size(), 1U);
  EXPECT_TRUE((*near)->AtHand());
}

TEST_F(AdminTest, WhatIsAskedForIsNotedWhetherItIsDoneOrNot) {
  MakeShare();
  ChangeRecord noted;
  const Admin admin(catalog_->rows(), options_, "admin zoe", &noted);
  ASSERT_TRUE(admin.AddGrant("ann", {"sales", "eu", "", "ok"}));
  EXPECT_EQ(noted.action, "grant");
  EXPECT_EQ(noted.target, "ann/sales.eu");
  EXPECT_EQ(noted.detail, "ok");
  EXPECT_EQ(noted.actor, "admin zoe");
  EXPECT_EQ(noted.version, catalog_->rows().Version().value());
  // Refused by a check, and by what is there.
  TableRecord table = Table("sales", "eu", "x");
  table.row_filter = "bad";
  EXPECT_FALSE(admin.AddTable(table));
  EXPECT_EQ(noted.action, "add table");
  EXPECT_EQ(noted.target, "sales.eu.x");
  EXPECT_EQ(noted.version, 0);
  EXPECT_FALSE(admin.DropRecipient("nobody"));
  EXPECT_EQ(noted.target, "nobody");
  EXPECT_EQ(noted.version, 0);
  const auto link = admin.MakeLink("ann", {60'000, std::nullopt});
  ASSERT_TRUE(admin.Activate(link->text));
  EXPECT_EQ(noted.action, "activate");
  EXPECT_EQ(noted.target, "Ann");
  EXPECT_EQ(noted.version, catalog_->rows().Version().value());
}

TEST_F(AdminTest, ChangesBetweenTimesComeTheOldestFirst) {
  MakeShare();
  const std::int64_t begin = clock_.now += 1000;
  ASSERT_TRUE(admin_->AddGrant("ann", {"sales"}));
  clock_.now += 1000;
  ASSERT_TRUE(admin_->RemoveGrant("ann", {"sales"}));
  const auto actions = [&](std::optional<std::int64_t> since, std::optional<std::int64_t> until) {
    std::vector<std::string> found;
    const auto changes = admin_->ListChangesBetween(since, until);
    for (const auto& change : *changes) {
      found.push_back(change.action);
    }
    return found;
  };
  EXPECT_THAT(actions(begin, std::nullopt), ElementsAre("grant", "revoke"));
  EXPECT_THAT(actions(begin, begin + 1000), ElementsAre("grant"));
  EXPECT_THAT(actions(begin + 1, std::nullopt), ElementsAre("revoke"));
  EXPECT_EQ(actions(std::nullopt, std::nullopt).size(), admin_->ListChanges(100)->size());
}

}  // namespace
}  // namespace sluice::catalog
