#include "delta/action_json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

template <typename T>
T Parsed(std::string_view line) {
  ActionParser parser;
  auto action = parser.Parse(line);
  if (!action) {
    ADD_FAILURE() << action.error().message;
    return T{};
  }
  if (!std::holds_alternative<T>(*action)) {
    ADD_FAILURE() << "another action: " << action->index();
    return T{};
  }
  return std::get<T>(std::move(*action));
}

Error Refused(std::string_view line) {
  ActionParser parser;
  const auto action = parser.Parse(line);
  if (action) ADD_FAILURE() << "must be refused: " << line;
  return action ? Error{} : action.error();
}

TEST(ActionParserTest, ReadsAnAddWithEverything) {
  const auto add = Parsed<AddFile>(
      R"({"add":{"path":"p=a%20b/f.parquet","partitionValues":{"p":"a b","q":null},"size":7,)"
      R"("modificationTime":8,"dataChange":false,"stats":"{\"numRecords\":1}","tags":{"x":"y"},)"
      R"("deletionVector":{"storageType":"u","pathOrInlineDv":"ab","offset":1,"sizeInBytes":36,)"
      R"("cardinality":2},"baseRowId":5,"defaultRowCommitVersion":6,"clusteringProvider":"liquid"}})");
  EXPECT_EQ(add.path, "p=a%20b/f.parquet");
  EXPECT_THAT(add.partition_values,
              ElementsAre(Pair("p", std::optional<std::string>("a b")), Pair("q", std::nullopt)));
  EXPECT_EQ(add.size, 7);
  EXPECT_EQ(add.modification_time, 8);
  EXPECT_FALSE(add.data_change);
  EXPECT_EQ(add.stats, R"({"numRecords":1})");
  ASSERT_TRUE(add.deletion_vector);
  EXPECT_EQ(add.deletion_vector->UniqueId(), "uab@1");
  EXPECT_EQ(add.deletion_vector->size_in_bytes, 36);
  EXPECT_EQ(add.deletion_vector->cardinality, 2);
  EXPECT_EQ(add.base_row_id, 5);
  EXPECT_EQ(add.default_row_commit_version, 6);
  EXPECT_EQ(add.clustering_provider, "liquid");
}

TEST(ActionParserTest, ReadsARemoveWithEverything) {
  const auto remove = Parsed<RemoveFile>(
      R"({"remove":{"path":"p=a/f.parquet","deletionTimestamp":9,"dataChange":false,)"
      R"("extendedFileMetadata":true,"partitionValues":{"p":"a"},"size":7,)"
      R"("stats":"{\"numRecords\":1}","tags":{"x":"y"},"deletionVector":{"storageType":"i",)"
      R"("pathOrInlineDv":"ab","sizeInBytes":4,"cardinality":2},"baseRowId":5,)"
      R"("defaultRowCommitVersion":6}})");
  EXPECT_EQ(remove.path, "p=a/f.parquet");
  EXPECT_EQ(remove.deletion_timestamp, 9);
  EXPECT_FALSE(remove.data_change);
  EXPECT_EQ(remove.extended_file_metadata, true);
  ASSERT_TRUE(remove.partition_values);
  EXPECT_THAT(*remove.partition_values, ElementsAre(Pair("p", std::optional<std::string>("a"))));
  EXPECT_EQ(remove.size, 7);
  EXPECT_EQ(remove.stats, R"({"numRecords":1})");
  ASSERT_TRUE(remove.deletion_vector);
  EXPECT_EQ(remove.deletion_vector->UniqueId(), "iab");
  EXPECT_EQ(remove.base_row_id, 5);
  EXPECT_EQ(remove.default_row_commit_version, 6);

  const auto bare = Parsed<RemoveFile>(R"({"remove":{"path":"x"}})");
  EXPECT_TRUE(bare.data_change);
  EXPECT_FALSE(bare.partition_values);
  EXPECT_FALSE(bare.size);
  EXPECT_FALSE(bare.extended_file_metadata);
}

TEST(ActionParserTest, ReadsACdcFile) {
  const auto cdc = Parsed<AddCdcFile>(
      R"({"cdc":{"path":"_change_data/f.parquet","partitionValues":{"p":null},"size":7,)"
      R"("dataChange":false,"tags":{"x":"y"}}})");
  EXPECT_EQ(cdc.path, "_change_data/f.parquet");
  EXPECT_THAT(cdc.partition_values, ElementsAre(Pair("p", std::nullopt)));
  EXPECT_EQ(cdc.size, 7);
}

TEST(ActionParserTest, TellsAMergeThatChangedNoRow) {
  const auto changes_no_row = [](const char* operation, const char* deleted) {
    return Parsed<CommitInfo>(
               fmt::format(R"({{"commitInfo":{{"operation":"{}","operationMetrics":{{)"
                           R"("numTargetRowsInserted":"0","numTargetRowsUpdated":"0"{}}}}}}})",
                           operation, deleted))
        .changes_no_row;
  };
  EXPECT_TRUE(changes_no_row("MERGE", R"(,"numTargetRowsDeleted":"0")"));
  EXPECT_FALSE(changes_no_row("MERGE", R"(,"numTargetRowsDeleted":"1")"));
  EXPECT_FALSE(changes_no_row("MERGE", ""));
  EXPECT_FALSE(changes_no_row("WRITE", R"(,"numTargetRowsDeleted":"0")"));
  EXPECT_FALSE(
      Parsed<CommitInfo>(R"({"commitInfo":{"operation":7,"operationMetrics":[]}})").changes_no_row);
}

TEST(ActionParserTest, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(Parsed<OtherAction>(R"({"txn":{"appId":"a","version":1}})").name, "txn");
  EXPECT_EQ(Parsed<OtherAction>(R"({"fromTheFuture":[1,2,{"a":null}]})").name, "fromTheFuture");
  EXPECT_EQ(Parsed<OtherAction>("{}").name, "");
  // Valid JSON, though no number of ours: what is free-form must not make a table unreadable.
  EXPECT_EQ(Parsed<OtherAction>(R"({"commitInfo":{"x":99999999999999999999999}})").name,
            "commitInfo");
  EXPECT_EQ(Parsed<RemoveFile>(R"({"add":null,"remove":{"path":"x","new":{"a":1}}})").path, "x");
  EXPECT_EQ(Parsed<CommitInfo>(R"({"commitInfo":{"timestamp":"no","inCommitTimestamp":4}})")
                .in_commit_timestamp,
            4);
}

TEST(ActionParserTest, NamesTheFieldThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"add":{"path":"x","size":"7"}})", "add.size: not an integer"},
      {R"({"add":{"path":"x","size":-1}})", "add.size"},
      {R"({"add":{"path":"x","size":99999999999999999999}})", "number"},
      {R"({"add":{"path":"x"}})", "add.size: is missing"},
      {R"({"add":{"size":1}})", "add.path: is missing"},
      {R"({"add":[]})", "add: not an object"},
      {R"({"cdc":{"path":"x"}})", "cdc.size: is missing"},
      {R"({"cdc":{"size":1}})", "cdc.path: is missing"},
      {R"({"cdc":{"path":"x","size":-1}})", "cdc.size"},
      {R"({"remove":{"path":"x","stats":{}}})", "remove.stats: not a string"},
      {R"({"add":{"path":"x","size":1,"partitionValues":{"a":1}}})", "add.partitionValues"},
      {R"({"add":{"path":"x","size":1,"deletionVector":{"storageType":"z"}}})",
       "deletionVector.storageType"},
      {R"({"remove":{}})", "remove.path: is missing"},
      {R"({"protocol":{"minReaderVersion":1}})", "protocol.minWriterVersion: is missing"},
      {R"({"protocol":{"minReaderVersion":5000000000,"minWriterVersion":1}})",
       "protocol.minReaderVersion"},
      {R"({"metaData":{"id":"a","partitionColumns":"x"}})", "metaData.partitionColumns"},
      {R"({"add":{"path":"x","size":1},"remove":{"path":"x"}})", "two actions"},
  };
  for (const auto& [line, message] : cases) {
    const auto error = Refused(line);
    EXPECT_EQ(error.kind, ErrorKind::kCorrupt) << line;
    EXPECT_THAT(error.message, HasSubstr(message)) << line;
  }
}

TEST(ActionParserTest, RefusesWhatIsCutOrNoJson) {
  for (const char* line : {R"({"add":{"path":"x","si)", R"({"add":{"path":"x","size":1})", "[]",
                           "7", "null", "{\"add\":{}} x", "\xff\xfe"}) {
    EXPECT_EQ(Refused(line).kind, ErrorKind::kCorrupt) << line;
  }
}

TEST(ActionParserTest, BoundsDepthAndLength) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_EQ(Refused(R"({"x":)" + deep + "}").kind, ErrorKind::kCorrupt);
  EXPECT_EQ(
      Parsed<OtherAction>(R"({"x":)" + std::string(90, '[') + std::string(90, ']') + "}").name,
      "x");
  EXPECT_EQ(Refused(std::string((std::size_t{64} << 20) + 1, ' ')).kind, ErrorKind::kTooLarge);
}

TEST(ActionParserTest, ReusesItsBuffersForLongerAndShorterLines) {
  ActionParser parser;
  for (const std::size_t length : {10, 100'000, 20, 300'000, 5}) {
    const std::string path(length, 'p');
    const auto action = parser.Parse(R"({"remove":{"path":")" + path + R"("}})");
    ASSERT_TRUE(action) << action.error().message;
    EXPECT_EQ(std::get<RemoveFile>(*action).path, path);
  }
}

TEST(ActionJsonTest, WritesWhatItReads) {
  const std::string protocol =
      R"({"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],)"
      R"("writerFeatures":["deletionVectors","appendOnly"]})";
  std::string out;
  AppendJson(Parsed<Protocol>(R"({"protocol":)" + protocol + "}"), &out);
  EXPECT_EQ(out, protocol);

  const std::string metadata =
      R"({"id":"a","name":"n \"q\"","format":{"provider":"parquet","options":{}},)"
      R"("schemaString":"{\"type\":\"struct\"}","partitionColumns":["p"],)"
      R"("configuration":{"k":"v"},"createdTime":12})";
  out.clear();
  AppendJson(Parsed<Metadata>(R"({"metaData":)" + metadata + "}"), &out);
  EXPECT_EQ(out, metadata);

  out.clear();
  AppendJson(DeletionVector{'u', "ab^-aqEH.-t@S}K{vb[*k^", 4, 40, 6}, &out);
  EXPECT_EQ(out, R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,)"
                 R"("sizeInBytes":40,"cardinality":6})");
}

TEST(ActionsTest, ObjectKeysAreDecodedAndStayInside) {
  EXPECT_EQ(ObjectKeyOf("p=a%20b/f%25.parquet").value(), "p=a b/f%.parquet");
  EXPECT_EQ(ObjectKeyOf("time=1971-07-22T03:06:40/f").value(), "time=1971-07-22T03:06:40/f");
  for (const char* absolute : {"/data/f", "s3://bucket/f", "file:/f", "abfss:x"}) {
    EXPECT_EQ(ObjectKeyOf(absolute).error().kind, ErrorKind::kUnsupported) << absolute;
  }
  for (const char* bad : {"../f", "a/../../f", "a/%2e%2e/f", "a//b", "%zz", "a%00b"}) {
    EXPECT_EQ(ObjectKeyOf(bad).error().kind, ErrorKind::kCorrupt) << bad;
  }
}

TEST(ActionsTest, PlacesOfAbsolutePaths) {
  const auto text_of = [](std::string_view path) { return LocationOf(path).value().Text(); };
  EXPECT_EQ(text_of("file:/data/a%20b/f"), "/data/a b/f");
  EXPECT_EQ(text_of("file:///data/f"), "/data/f");
  EXPECT_EQ(text_of("/data/f%25"), "/data/f%");
  EXPECT_EQ(text_of("s3a://bucket/a%20b/f"), "s3://bucket/a b/f");
  EXPECT_EQ(text_of("abfs://box@acct.dfs.core.windows.net/f"),
            "abfss://box@acct.dfs.core.windows.net/f");
  for (const char* other :
       {"hdfs://name/f", "file://host/f", "file:f", "//host/f", "f", "s3://bucket/../f", "s3:f"}) {
    EXPECT_EQ(LocationOf(other).error().kind, ErrorKind::kUnsupported) << other;
  }
  EXPECT_EQ(LocationOf("/data/%zz").error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(LocationOf("s3://b/%zz").error().kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(IsAbsolutePath("abfss:x"));
  EXPECT_FALSE(IsAbsolutePath("time=10:30/f"));
}

TEST(ActionsTest, DeletionVectorsHaveTheKeyOfTheFormatsExample) {
  EXPECT_EQ(DeletionVectorKey({'u', "ab^-aqEH.-t@S}K{vb[*k^", 4, 40, 6}).value(),
            "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
  EXPECT_EQ(DeletionVectorKey({'p', "s3://x/y", 4, 40, 6}).error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(DeletionVectorKey({'i', "x", {}, 40, 6}).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(DeletionVectorKey({'u', "short", 4, 40, 6}).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(DeletionVectorKey({'u', "../^-aqEH.-t@S}K{vb[*k^", 4, 40, 6}).error().kind,
            ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace sluice::delta
