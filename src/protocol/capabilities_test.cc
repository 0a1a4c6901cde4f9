#include "protocol/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Capabilities, WithoutAKnownFormatParquetIsMeant) {
  for (const std::string_view header :
       {"", ";", "responseformat", "responseFormat=arrow", "=", "a=b", "responseformat=a=delta"}) {
    const Capabilities parsed = ParseCapabilities(header);
    EXPECT_TRUE(parsed.accepts_parquet) << header;
    EXPECT_FALSE(parsed.accepts_delta) << header;
  }
}

TEST(Capabilities, HaveKeysAndValuesInAnyOrderAndCase) {
  const Capabilities parsed = ParseCapabilities(
      " ReaderFeatures = deletionVectors , COLUMNMAPPING ,,; RESPONSEFORMAT=Parquet,DELTA ;x;y=z;"
      "includeEndStreamAction=True;asyncquery=true;accessModes=url,dir");
  EXPECT_TRUE(parsed.accepts_parquet);
  EXPECT_TRUE(parsed.accepts_delta);
  EXPECT_THAT(parsed.reader_features, ElementsAre("deletionvectors", "columnmapping"));
  EXPECT_TRUE(parsed.include_end_stream_action);
  EXPECT_TRUE(parsed.async_query);
  EXPECT_THAT(parsed.access_modes, ElementsAre("url", "dir"));
}

TEST(Capabilities, DeltaAloneDoesNotAcceptParquet) {
  const Capabilities parsed = ParseCapabilities(
      "responseformat=delta;readerfeatures=deletionvectors;"
      "includeendstreamaction=false");
  EXPECT_FALSE(parsed.accepts_parquet);
  EXPECT_TRUE(parsed.accepts_delta);
  EXPECT_FALSE(parsed.include_end_stream_action);
}

TEST(Capabilities, AreBoundedHoweverLongTheHeader) {
  std::string header = "readerfeatures=";
  for (int i = 0; i < 100'000; ++i) header += std::to_string(i) + ",";
  EXPECT_LE(ParseCapabilities(header).reader_features.size(), 256U);
}

TEST(Capabilities, AreReadBackAsTheyWereWritten) {
  Capabilities sent;
  sent.accepts_delta = true;
  sent.reader_features = {"deletionvectors", "columnmapping"};
  sent.include_end_stream_action = true;
  const std::string header = FormatCapabilities(sent);
  EXPECT_EQ(header,
            "responseformat=delta,parquet;readerfeatures=deletionvectors,columnmapping;"
            "includeendstreamaction=true");
  const Capabilities read = ParseCapabilities(header);
  EXPECT_TRUE(read.accepts_parquet);
  EXPECT_TRUE(read.accepts_delta);
  EXPECT_EQ(read.reader_features, sent.reader_features);
  EXPECT_TRUE(read.include_end_stream_action);
}

TEST(Negotiation, PrefersParquetWhereItCanExpressTheTable) {
  const TableNeeds plain;
  const TableNeeds listed_only{{"deletionVectors"}, {}};
  const auto both = ParseCapabilities("responseformat=delta,parquet");
  EXPECT_EQ(NegotiateFormat(both, plain), ResponseFormat::kParquet);
  EXPECT_EQ(NegotiateFormat(both, listed_only), ResponseFormat::kParquet);
  EXPECT_EQ(NegotiateFormat(ParseCapabilities(""), listed_only), ResponseFormat::kParquet);
  EXPECT_EQ(NegotiateFormat(ParseCapabilities("responseformat=delta"), plain),
            ResponseFormat::kDelta);
}

TEST(Negotiation, AnswersDeltaToAClientThatKnowsEveryListedFeature) {
  const TableNeeds needs{{"deletionVectors", "columnMapping"}, {"deletionVectors"}};
  const auto knows = ParseCapabilities(
      "responseformat=delta,parquet;readerfeatures=columnmapping,deletionvectors,timestampntz");
  EXPECT_EQ(NegotiateFormat(knows, needs), ResponseFormat::kDelta);
}

TEST(Negotiation, TellsAParquetClientWhatToAskFor) {
  const TableNeeds needs{{"deletionVectors", "columnMapping"}, {"deletionVectors"}};
  const auto refused = NegotiateFormat(ParseCapabilities(""), needs);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("uses deletionVectors"));
  EXPECT_THAT(refused.error().message,
              HasSubstr("delta-sharing-capabilities: "
                        "responseformat=delta;readerfeatures=deletionvectors,columnmapping"));
}

TEST(Negotiation, NamesTheFeaturesThatADeltaClientLacks) {
  const TableNeeds needs{{"deletionVectors", "columnMapping"}, {}};
  const auto refused = NegotiateFormat(
      ParseCapabilities("responseformat=delta;readerfeatures=deletionvectors"), needs);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("needs the reader features columnMapping,"));
}

TEST(Negotiation, AnswersInLowerCase) {
  EXPECT_EQ(AnswerCapabilities(ResponseFormat::kDelta, false), "responseformat=delta");
  EXPECT_EQ(AnswerCapabilities(ResponseFormat::kParquet, true),
            "responseformat=parquet;includeendstreamaction=true");
}

TEST(FileIdHash, IsParquetOrDeltaWithoutCase) {
  EXPECT_EQ(ParseFileIdHash("Parquet"), FileIdHash::kParquet);
  EXPECT_EQ(ParseFileIdHash(" DELTA "), FileIdHash::kDelta);
  EXPECT_EQ(ParseFileIdHash("md5").error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(ParseFileIdHash("").error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(FileIdHashName(FileIdHash::kDelta), "delta");
  EXPECT_EQ(FileIdHashName(FileIdHash::kParquet), "parquet");
}

TEST(FileIdHash, DigestsThePath) {
  EXPECT_EQ(FileId("abc", FileIdHash::kParquet), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(FileId("abc", FileIdHash::kDelta),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace sluice::protocol
