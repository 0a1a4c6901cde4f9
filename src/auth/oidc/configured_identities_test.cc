#include "auth/oidc/configured_identities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/oidc/claims.h"
#include "json/answer.h"

namespace sluice::auth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

catalog::Identity Of(std::string_view claims, const std::string& subject_claim = "sub") {
  IssuerRules rules;
  rules.issuer = "https://a";
  rules.subject_claim = subject_claim;
  const auto object = json::ParseJsonObject(claims);
  EXPECT_TRUE(object) << claims;
  return IdentityOf(object.value_or(boost::json::object()), rules);
}

IdentityRule Rule(const std::string& name, const std::string& subject,
                  std::map<std::string, std::vector<std::string>> claims = {}) {
  IdentityRule rule;
  rule.terms = {"https://a", subject, std::move(claims)};
  rule.recipient.name = name;
  return rule;
}

std::string Find(const std::vector<IdentityRule>& rules, const catalog::Identity& identity) {
  const auto found = ConfiguredIdentities(rules).FindByIdentity(identity);
  if (found) return found->name;
  EXPECT_EQ(found.error().kind, ErrorKind::kNotFound);
  return "";
}

TEST(Identity, HasClaimsAsTexts) {
  const auto identity = Of(R"({"sub":"ann","n":7,"big":18446744073709551615,"yes":true,"f":1.5,
      "none":null,"groups":["a",2,{"x":1},["b"]],"realm_access":{"roles":["r"],"deep":{"er":"d"}},
      "https://x.example/role":"admin"})");
  EXPECT_EQ(identity.issuer, "https://a");
  EXPECT_EQ(identity.subject, "ann");
  const auto& claims = identity.claims;
  EXPECT_THAT(claims.at("n"), ElementsAre("7"));
  EXPECT_THAT(claims.at("big"), ElementsAre("18446744073709551615"));
  EXPECT_THAT(claims.at("yes"), ElementsAre("true"));
  EXPECT_THAT(claims.at("groups"), ElementsAre("a", "2"));
  EXPECT_THAT(claims.at("realm_access.roles"), ElementsAre("r"));
  EXPECT_THAT(claims.at("realm_access.deep.er"), ElementsAre("d"));
  EXPECT_THAT(claims.at("https://x.example/role"), ElementsAre("admin"));
  EXPECT_FALSE(claims.contains("f"));
  EXPECT_FALSE(claims.contains("none"));
}

TEST(Identity, AnInnerClaimTakesNobodysName) {
  EXPECT_THAT(Of(R"({"a":{"b":"inner"},"a.b":"outer"})").claims.at("a.b"), ElementsAre("outer"));
}

TEST(Identity, ASubjectIsOneValue) {
  EXPECT_EQ(Of(R"({"oid":"1","sub":"2"})", "oid").subject, "1");
  EXPECT_EQ(Of(R"({"sub":"2"})", "oid").subject, "");
  EXPECT_EQ(Of(R"({"sub":["2","3"]})").subject, "");
}

TEST(ConfiguredIdentities, AreFoundBySubjectAndClaims) {
  const auto ann = Of(R"({"sub":"ann","groups":["x","sales"],"tenant":"t1"})");
  EXPECT_EQ(Find({Rule("A", "ann")}, ann), "A");
  EXPECT_EQ(Find({Rule("A", "Ann")}, ann), "");
  EXPECT_EQ(Find({Rule("A", "", {{"groups", {"sales"}}})}, ann), "A");
  EXPECT_EQ(Find({Rule("A", "", {{"groups", {"hr", "sales"}}, {"tenant", {"t1"}}})}, ann), "A");
  EXPECT_EQ(Find({Rule("A", "", {{"groups", {"sales"}}, {"tenant", {"t2"}}})}, ann), "");
  EXPECT_EQ(Find({Rule("A", "ann", {{"gone", {""}}})}, ann), "");
  EXPECT_EQ(Find({Rule("A", "bob"), Rule("B", "ann"), Rule("C", "ann")}, ann), "B");
  auto of_other = Rule("A", "ann");
  of_other.terms.issuer = "https://b";
  EXPECT_EQ(Find({of_other}, ann), "");
}

TEST(ConfiguredIdentities, NobodyIsMeantByNothing) {
  EXPECT_EQ(Find({Rule("A", "")}, Of(R"({"sub":"ann"})")), "");
  EXPECT_EQ(Find({Rule("A", "")}, Of("{}")), "");
}

TEST(ConfiguredIdentities, PropertiesAreClaimsOfOneValue) {
  auto rule = Rule("A", "ann");
  rule.recipient.properties = {{"fixed", "1"}, {"country", "none"}};
  rule.terms.properties = {{"country", "country"}, {"many", "groups"}, {"gone", "gone"}};
  const auto found = ConfiguredIdentities({rule}).FindByIdentity(
      Of(R"({"sub":"ann","country":"DE","groups":["a","b"]})"));
  EXPECT_EQ(found->properties,
            (std::map<std::string, std::string>{{"fixed", "1"}, {"country", "DE"}}));
}

}  // namespace
}  // namespace sluice::auth
