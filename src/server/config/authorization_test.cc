// Who may read what: tokens, grants and issuers of a configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "server/config/test_config.h"

namespace sluice::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(Config, ReadsTokensThatOpenSomeShares) {
  const Config config = Parse(R"(
authorization:
  bearerTokens:
  - {name: ann, token: abc, shares: [S1], expirationTime: 2030-01-01T00:00:00Z}
  - name: bob
    tokenSha256: BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AE
  - {name: eve, token: xyz, shares: []}
shares: [{name: s1}]
version: 1
)");
  ASSERT_TRUE(config.tokens);
  ASSERT_THAT(*config.tokens, SizeIs(3));
  const TokenConfig& ann = config.tokens->at(0);
  EXPECT_EQ(ann.name, "ann");
  EXPECT_EQ(ann.expires_at_ms, 1893456000000);
  ASSERT_TRUE(ann.grants);
  ASSERT_THAT(*ann.grants, SizeIs(1));
  EXPECT_EQ(ann.grants->at(0).share, "S1");
  EXPECT_EQ(ann.grants->at(0).schema, "");
  EXPECT_EQ(config.tokens->at(1).token_digest.size(), 32U);
  EXPECT_FALSE(config.tokens->at(1).expires_at_ms);
  EXPECT_TRUE(config.tokens->at(2).grants->empty());
}

TEST(Config, ReadsGrants) {
  const Config config = Parse(R"(
version: 1
shares:
- name: s1
  schemas:
  - name: eu
    tables: [{name: Orders, location: /o, rowFilter: year > 2000}]
authorization:
  bearerTokens:
  - name: ann
    token: abc
    shares: [s1]
    grants:
    - {share: S1, schema: EU, table: orders, rowFilter: country = current_recipient('country')}
    - {share: s1, schema: eu}
    properties: {country: DE, level: 5, none: ''}
    allowedNetworks: [192.0.2.0/24, "2001:db8::/32", 127.0.0.1]
    requestsPerMinute: 100
    concurrentRequests: 4
  - {name: bob, token: def, grants: []}
)");
  EXPECT_EQ(config.shares[0].schemas[0].tables[0].row_filter, "year > 2000");
  const TokenConfig& ann = config.tokens->at(0);
  ASSERT_TRUE(ann.grants);
  ASSERT_THAT(*ann.grants, SizeIs(3));
  EXPECT_EQ(ann.grants->at(0).share, "s1");
  EXPECT_EQ(ann.grants->at(0).schema, "");
  EXPECT_EQ(ann.grants->at(1).table, "orders");
  EXPECT_EQ(ann.grants->at(1).row_filter, "country = current_recipient('country')");
  EXPECT_EQ(ann.grants->at(2).schema, "eu");
  EXPECT_EQ(ann.grants->at(2).table, "");
  EXPECT_EQ(ann.properties.at("country"), "DE");
  EXPECT_EQ(ann.properties.at("level"), "5");
  EXPECT_EQ(ann.properties.at("none"), "");
  EXPECT_THAT(ann.allowed_networks, ElementsAre("192.0.2.0/24", "2001:db8::/32", "127.0.0.1"));
  EXPECT_EQ(ann.requests_per_minute, 100);
  EXPECT_EQ(ann.concurrent_requests, 4);
  const TokenConfig& bob = config.tokens->at(1);
  ASSERT_TRUE(bob.grants);
  EXPECT_TRUE(bob.grants->empty());
  EXPECT_FALSE(bob.requests_per_minute);
}

TEST(Config, RefusesGrantsOfWhatIsNotThere) {
  const auto refusal = [](std::string_view token) {
    const auto config = ParseConfig(
        fmt::format("version: 1\nshares: [{{name: s, schemas: [{{name: c, tables: [{{name: t, "
                    "location: /t}}]}}]}}]\nauthorization:\n  bearerTokens:\n  - name: a\n    "
                    "token: x\n    {}\n",
                    token),
        "c.yaml");
    return config ? std::string() : config.error().message;
  };
  const std::string at = "authorization.bearerTokens[0].";
  EXPECT_EQ(refusal("grants: [{share: S, schema: C, table: T}]"), "");
  EXPECT_EQ(refusal("grants: [{share: x}]"),
            "c.yaml:7:14: " + at + "grants[0]: there is no share 'x'");
  EXPECT_EQ(refusal("grants: [{share: s}, {share: s, schema: x}]"),
            "c.yaml:7:26: " + at + "grants[1]: there is no schema 's.x'");
  EXPECT_EQ(refusal("grants: [{share: s, schema: c, table: x}]"),
            "c.yaml:7:14: " + at + "grants[0]: there is no table 's.c.x'");
  EXPECT_EQ(refusal("grants: [{share: s, table: t}]"),
            "c.yaml:7:14: " + at + "grants[0]: a grant of a table must name its schema");
  EXPECT_THAT(refusal("grants: [{schema: c}]"), HasSubstr("'share' is missing"));
  EXPECT_THAT(refusal("grants: [{share: s, schema: ''}]"), HasSubstr("schema: must not be empty"));
  EXPECT_THAT(refusal("grants:"), HasSubstr("grants: is empty"));
  EXPECT_THAT(refusal("grants: [{share: s, rowFilter: ''}]"), HasSubstr("must not be empty"));
  EXPECT_EQ(
      refusal("grants: [{share: s, rowFilter: p = upper('x')}]"),
      "c.yaml:7:36: " + at + "grants[0].rowFilter: is no filter of rows: upper() is not evaluated");
  EXPECT_THAT(refusal("properties: [a]"), HasSubstr("must be a mapping"));
  EXPECT_EQ(refusal("allowedNetworks: [192.0.2.1/24]"),
            "c.yaml:7:23: " + at + "allowedNetworks[0]: bits are set behind the first 24");
  EXPECT_THAT(refusal("allowedNetworks: []"), HasSubstr("must name at least one network"));
  EXPECT_THAT(refusal("allowedNetworks:"), HasSubstr("allowedNetworks: is empty"));
  EXPECT_THAT(refusal("requestsPerMinute: 0"), HasSubstr("requestsPerMinute: must be from 1"));
  EXPECT_THAT(refusal("concurrentRequests: -1"), HasSubstr("concurrentRequests: must be from 1"));
}

constexpr const char* kIssuerHead = R"(version: 1
shares: [{name: sales, schemas: }]
authorization:
  oidc:
  - issuer: https://login.example.com/realms/data
)";

TEST(Config, ReadsIssuers) {
  const Config config = Parse(std::string(kIssuerHead) + R"(
    audiences: [https://sharing.example.com, other]
    jwksUri: https://keys.example.com/jwks
    algorithms: [PS256, EdDSA]
    clockSkewSeconds: 5
    subjectClaim: oid
    caFile: /etc/ca.pem
    recipients:
    - name: ann
      subject: 0oa1
      shares: [SALES]
      expirationTime: 2030-01-01T00:00:00Z
    - name: analysts
      claims: {groups: [a, b], tenant: 17}
      claimProperties: {country: ctry}
  - {issuer: "http://127.0.0.1:8080", audiences: [x]}
)");
  ASSERT_TRUE(config.tokens);
  EXPECT_TRUE(config.tokens->empty());
  ASSERT_THAT(config.issuers, SizeIs(2));
  const OidcIssuerConfig& first = config.issuers[0];
  EXPECT_EQ(first.issuer, "https://login.example.com/realms/data");
  EXPECT_THAT(first.audiences, ElementsAre("https://sharing.example.com", "other"));
  EXPECT_EQ(first.jwks_uri, "https://keys.example.com/jwks");
  EXPECT_THAT(first.algorithms, ElementsAre("PS256", "EdDSA"));
  EXPECT_EQ(first.clock_skew_seconds, 5);
  EXPECT_EQ(first.subject_claim, "oid");
  EXPECT_EQ(first.ca_file, "/etc/ca.pem");
  ASSERT_THAT(first.recipients, SizeIs(2));
  EXPECT_EQ(first.recipients[0].access.name, "ann");
  EXPECT_EQ(first.recipients[0].subject, "0oa1");
  EXPECT_EQ(first.recipients[0].access.expires_at_ms, 1893456000000);
  EXPECT_EQ(first.recipients[0].access.grants->at(0).share, "SALES");
  EXPECT_FALSE(first.recipients[1].access.grants);
  EXPECT_THAT(first.recipients[1].claims.at("groups"), ElementsAre("a", "b"));
  EXPECT_THAT(first.recipients[1].claims.at("tenant"), ElementsAre("17"));
  EXPECT_EQ(first.recipients[1].claim_properties.at("country"), "ctry");
  EXPECT_THAT(config.issuers[1].algorithms, ElementsAre("RS256", "ES256"));
  EXPECT_EQ(config.issuers[1].clock_skew_seconds, 60);
  EXPECT_EQ(config.issuers[1].subject_claim, "sub");
}

TEST(Config, RefusesIssuersByTheirPlace) {
  const auto refusal = [](const std::string& text) {
    const auto config = ParseConfig(text, "c.yaml");
    return config ? "taken" : config.error().message;
  };
  const std::string head = kIssuerHead;
  const std::string whole = head + "    audiences: [a]\n";
  const std::string both = whole + "    recipients:\n    - {name: ann, subject: s}\n";
  EXPECT_THAT(refusal(head),
              HasSubstr("c.yaml:5:5: authorization.oidc[0]: 'audiences' is missing"));
  EXPECT_THAT(refusal(head + "    audiences: []\n"), HasSubstr("name at least one of 'audiences'"));
  EXPECT_THAT(refusal(whole + "    jwksUri: http://login.example.com/keys\n"),
              HasSubstr("c.yaml:7:14: authorization.oidc[0].jwksUri: must be a URL such as"));
  for (const char* name : {"none", "HS256", "rs256", "RS1"}) {
    EXPECT_THAT(
        refusal(whole + "    algorithms: [" + name + "]\n"),
        HasSubstr("c.yaml:7:18: authorization.oidc[0].algorithms[0]: must be one of RS256"));
  }
  EXPECT_THAT(refusal(whole + "    clockSkewSeconds: 601\n"), HasSubstr("must be from 0 to 600"));
  EXPECT_THAT(refusal(whole + "    audience: x\n"), HasSubstr("did you mean 'audiences'?"));
  EXPECT_THAT(refusal(whole + "    recipients:\n    - {name: ann}\n"),
              HasSubstr("c.yaml:8:7: authorization.oidc[0].recipients[0]: give the subject, or "
                        "claims"));
  EXPECT_THAT(refusal(whole + "    recipients:\n    - {name: ann, claims: {groups: []}}\n"),
              HasSubstr("the claim 'groups' has no value"));
  EXPECT_THAT(refusal(whole + "    recipients:\n    - {name: a, subject: s, token: t}\n"),
              HasSubstr("unknown key"));
  EXPECT_THAT(refusal(whole + "    recipients:\n    - {name: a, subject: s, shares: [gone]}\n"),
              HasSubstr("there is no share 'gone'"));
  EXPECT_THAT(refusal(whole + "    recipients:\n    - {name: a, subject: ''}\n"),
              HasSubstr("must not be empty"));
  EXPECT_THAT(refusal(both + "    - {name: ann, subject: t}\n"),
              HasSubstr("the name 'ann' is there twice"));
  EXPECT_THAT(refusal(both + "    - {name: bob, subject: s}\n"),
              HasSubstr("the same tokens are those of 'ann' already"));
  EXPECT_THAT(refusal(both + "  bearerTokens: [{name: ann, token: t}]\n"),
              HasSubstr("the name 'ann' is there twice"));
  EXPECT_THAT(refusal(whole + "  - {issuer: 'https://login.example.com/realms/data', audiences: "
                              "[b]}\n"),
              HasSubstr("c.yaml:7:5: authorization.oidc[1]: this issuer is there twice"));
  EXPECT_THAT(refusal("version: 1\nauthorization:\n  oidc:\n  - {issuer: "
                      "'http://login.example.com', audiences: [a]}\n"),
              HasSubstr("c.yaml:4:14: authorization.oidc[0].issuer: must be a URL such as"));
  EXPECT_THAT(refusal("version: 1\nauthorization:\n  oidc:\n"),
              HasSubstr("at least one of bearerTokens or oidc"));
}

}  // namespace
}  // namespace sluice::config
