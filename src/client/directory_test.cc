// Tables that are read in their folders, from a store, with credentials that the server gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>

#include "client/deletion_vector_fixture.h"
#include "client/fake_folder.h"

namespace sluice::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Nothing secret, and no place outside of the folder's own names.
auto Discreet() {
  return AllOf(Not(HasSubstr("hidden")), Not(HasSubstr("KEY")), Not(HasSubstr("secret-token")),
               Not(HasSubstr("s3://bucket/a table/")));
}

/// A descriptor of the vector in a file named by a UUID of zeros.
std::string ZeroUuidVector(const RowNumbers& rows) {
  return fmt::format(R"({{"storageType":"u","pathOrInlineDv":"00000000000000000000","offset":1,)"
                     R"("sizeInBytes":{},"cardinality":{}}})",
                     VectorBitmap(rows).size(), rows.size());
}
constexpr const char* kZeroUuidFile = "deletion_vector_00000000-0000-0000-0000-000000000000.bin";

class DirectoryTest : public ::testing::Test {
 protected:
  std::vector<std::int64_t> Read(ScanRequest request = FakeShare::Request(),
                                 Access access = Access::kDirectory) {
    const auto client = folder.Connect(access);
    const auto table = ReadAll(*client, std::move(request));
    EXPECT_TRUE(table) << table.error().message;
    return table ? Ids(**table) : std::vector<std::int64_t>();
  }

  Error Refusal(ScanRequest request = FakeShare::Request(), Access access = Access::kDirectory) {
    const auto client = folder.Connect(access);
    const auto table = ReadAll(*client, std::move(request));
    EXPECT_FALSE(table);
    const Error error = table ? Error{} : table.error();
    EXPECT_THAT(error.message, Discreet());
    return error;
  }

  /// Two files of three and two rows in two commits.
  void WriteTwoVersions() {
    folder.Commit(0, folder.Add(FileOfIds("a", 0, 3)));
    folder.Commit(1, folder.Add(FileOfIds("b", 10, 2)));
  }

  FakeShare share;
  FakeFolder folder{share};
};

TEST_F(DirectoryTest, AskedForItReadsTheLogAndNoAnswerOfTheServer) {
  WriteTwoVersions();
  EXPECT_THAT(Read(), ElementsAre(0, 1, 2, 10, 11));
  EXPECT_EQ(share.queries(), 0);
  EXPECT_EQ(folder.given(), 1);
  // Files are fetched for themselves, and nothing is looked for in the store.
  for (const net::TestRequest& request : folder.requests()) EXPECT_EQ(request.method, "GET");
}

TEST_F(DirectoryTest, ByItselfItIsTakenOnlyWhereThereIsNothingElse) {
  WriteTwoVersions();
  share.files = {FileOfIds("f", 100, 1)};
  for (const char* modes : {"", R"(["url"])", R"(["url","dir"])"}) {
    share.access_modes = modes;
    EXPECT_THAT(Read(FakeShare::Request(), Access::kAuto), ElementsAre(100));
  }
  EXPECT_EQ(folder.given(), 0);
  share.access_modes = R"(["dir"])";
  EXPECT_THAT(Read(FakeShare::Request(), Access::kAuto), ElementsAre(0, 1, 2, 10, 11));
  // Those who want URLs are told.
  const Error error = Refusal(FakeShare::Request(), Access::kUrl);
  EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
  EXPECT_THAT(error.message, AllOf(HasSubstr("accessModes"), HasSubstr("'auto' or 'dir'")));
}

TEST_F(DirectoryTest, AServerThatRefusesTheQueryMayStillShareTheFolder) {
  WriteTwoVersions();
  folder.before_share = [](const net::TestRequest& request, net::TestConnection& peer) {
    if (!request.target.ends_with("/query")) return false;
    peer.Answer("400 Bad Request", R"({"errorCode":"UNSUPPORTED_OPERATION","message":"no URLs"})");
    return true;
  };
  for (const char* modes : {"", R"(["url","dir"])"}) {
    share.access_modes = modes;
    EXPECT_THAT(Refusal(FakeShare::Request(), Access::kAuto).message, HasSubstr("no URLs"));
  }
  EXPECT_EQ(folder.given(), 0);
  share.access_modes = R"(["dir"])";
  EXPECT_THAT(Read(FakeShare::Request(), Access::kAuto), ElementsAre(0, 1, 2, 10, 11));
}

TEST_F(DirectoryTest, VersionsAndTimes) {
  WriteTwoVersions();
  ScanRequest request = FakeShare::Request();
  request.version = 0;
  EXPECT_THAT(Read(request), ElementsAre(0, 1, 2));
  request.version = 7;
  EXPECT_EQ(Refusal(request).kind, ErrorKind::kInvalidArgument);
  request.version = -1;
  EXPECT_EQ(Refusal(request).kind, ErrorKind::kInvalidArgument);
  request.version.reset();
  // Commits of one second are a millisecond apart.
  request.timestamp = "2026-03-01T12:00:04.000Z";
  ASSERT_EQ(folder.size(), 4U);
  EXPECT_THAT(Read(request), ElementsAre(0, 1, 2));
  request.timestamp = "2026-03-01T12:00:04.001Z";
  EXPECT_THAT(Read(request), ElementsAre(0, 1, 2, 10, 11));
  request.timestamp = "2020-01-01T00:00:00Z";
  EXPECT_EQ(Refusal(request).kind, ErrorKind::kInvalidArgument);
}

TEST_F(DirectoryTest, TheScanTellsItsVersion) {
  WriteTwoVersions();
  const auto client = folder.Connect();
  const auto scan = client->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  EXPECT_EQ((*scan)->table_version(), 1);
  ASSERT_TRUE(ReadAll(**scan));
  const ScanProgress progress = (*scan)->Progress();
  EXPECT_EQ(progress.files_done, 2);
  EXPECT_EQ(progress.bytes_read, progress.bytes_total);
}

TEST_F(DirectoryTest, HintsAndLimitsLeaveFilesAlone) {
  FakeFile low = FileOfIds("low", 0, 3);
  FakeFile high = FileOfIds("high", 100, 3);
  low.stats = R"({"numRecords":3,"minValues":{"id":0},"maxValues":{"id":2}})";
  high.stats = R"({"numRecords":3,"minValues":{"id":100},"maxValues":{"id":102}})";
  folder.Commit(0, folder.Add(low) + folder.Add(high));
  ScanRequest request = FakeShare::Request();
  request.json_predicate_hints =
      R"({"op":"greaterThan","children":[{"op":"column","name":"id","valueType":"long"},)"
      R"({"op":"literal","value":"50","valueType":"long"}]})";
  EXPECT_THAT(Read(request), ElementsAre(100, 101, 102));
  EXPECT_FALSE(folder.Asked("low"));
  request.json_predicate_hints = "{no hint";
  EXPECT_EQ(Read(request).size(), 6U);
  request.json_predicate_hints.clear();
  request.limit = 2;
  EXPECT_EQ(Read(request).size(), 2U);
  request.limit = 0;
  EXPECT_THAT(Read(request), IsEmpty());
  request.limit = -1;
  EXPECT_EQ(Refusal(request).kind, ErrorKind::kInvalidArgument);
}

TEST_F(DirectoryTest, PartitionColumnsComeFromTheLog) {
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("part", Named("long"))});
  share.partition_columns = R"(["part"])";
  FakeFile file = FileOfIds("part=7/a b", 0, 2);
  file.partition_values = R"({"part":"7"})";
  FakeFile other = FileOfIds("x", 5, 1);
  other.partition_values = R"({"part":null})";
  folder.Commit(0, folder.Add(file, "part=7/a%20b") + folder.Add(other));
  folder.Put("part%3D7/a%20b", folder.Find("part=7/a b").value());  // As it is asked for.
  ScanRequest request = FakeShare::Request();
  request.columns = {"part", "id"};
  const auto client = folder.Connect();
  const auto table = ReadAll(*client, request);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(Ids(**table, 1), ElementsAre(0, 1, 5));
  const auto part = (*table)->column(0);
  EXPECT_EQ(part->GetScalar(0).ValueOrDie()->ToString(), "7");
  EXPECT_EQ(part->null_count(), 1);
}

TEST_F(DirectoryTest, TasksAreReadInTheFolder) {
  share.reader_features = R"(["deletionVectors"])";
  FakeFile less = FileOfIds("a", 0, 3);
  less.deletion_vector = ZeroUuidVector({1});
  folder.Put(kZeroUuidFile, VectorFileOf(VectorBitmap({1})));
  folder.Commit(0, folder.Add(less));
  folder.Commit(1, folder.Add(FileOfIds("b", 10, 2)));
  const auto plan = folder.Connect()->PlanScan(FakeShare::Request(), {1, 1});
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->tasks.size(), 2U);
  std::vector<std::vector<std::int64_t>> ids;
  for (const PlannedTask& task : plan->tasks) {
    EXPECT_THAT(task.bytes, Discreet());
    const auto client = folder.Connect(Access::kUrl);
    const auto scan = client->StartTask(task.bytes);
    ASSERT_TRUE(scan) << scan.error().message;
    const auto table = ReadAll(**scan);
    ASSERT_TRUE(table) << table.error().message;
    ids.push_back(Ids(**table));
  }
  EXPECT_THAT(ids, ElementsAre(ElementsAre(0, 2), ElementsAre(10, 11)));
  EXPECT_EQ(share.queries(), 0);
}

TEST_F(DirectoryTest, DeletedRowsAreLeftOut) {
  share.reader_features = R"(["deletionVectors"])";
  const RowNumbers rows = {0, 2};
  FakeFile relative = FileOfIds("a", 0, 4);
  relative.deletion_vector = ZeroUuidVector(rows);
  folder.Put(kZeroUuidFile, VectorFileOf(VectorBitmap(rows)));
  FakeFile absolute = FileOfIds("b", 10, 4);
  absolute.deletion_vector = VectorJson("v", {3});
  const std::string place = "s3://bucket/a%20table/vectors/v.bin";
  absolute.deletion_vector.replace(absolute.deletion_vector.find("$URL/v"), 6, place);
  folder.Put("vectors/v.bin", VectorFileOf(VectorBitmap({3})));
  folder.Commit(0, folder.Add(relative) + folder.Add(absolute));
  EXPECT_THAT(Read(), ElementsAre(1, 3, 10, 11, 12));

  std::string damaged = folder.Find(kZeroUuidFile).value();
  damaged.back() ^= 1;
  folder.Put(kZeroUuidFile, damaged);
  EXPECT_EQ(Refusal().kind, ErrorKind::kCorrupt);
  folder.Drop(kZeroUuidFile);
  const Error error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kDataMissing);
  EXPECT_THAT(error.message, HasSubstr("file a: deletion vector"));
}

TEST_F(DirectoryTest, AbsolutePathsStayInTheFolder) {
  folder.Commit(0, folder.Add(FileOfIds("a", 0, 1), "s3a://bucket/a%20table/a"));
  EXPECT_THAT(Read(), ElementsAre(0));
  for (const char* path :
       {"s3://bucket/a%20table2/a", "s3://other/a%20table/a", "/etc/passwd", "file:///etc/passwd",
        "https://host/a", "gs://bucket/a%20table/a", "s3://bucket/a%20table/../a", "../a"}) {
    folder.Commit(0, folder.Add(FileOfIds("a", 0, 1), path));
    const auto scan = folder.Connect()->StartScan(FakeShare::Request());
    const auto table = scan ? ReadAll(**scan) : tl::unexpected(scan.error());
    ASSERT_FALSE(table) << path;
    EXPECT_NE(table.error().kind, ErrorKind::kPermissionDenied) << "the store was asked";
    const bool escapes = std::string_view(path).find("..") != std::string_view::npos;
    EXPECT_EQ(table.error().kind, escapes ? table.error().kind : ErrorKind::kUnsupported) << path;
    if (!escapes) {
      EXPECT_THAT(table.error().message, HasSubstr("access 'url'")) << path;
    }
  }
}

TEST_F(DirectoryTest, CredentialsAreGotAnewWhenTheStoreRefusesThem) {
  WriteTwoVersions();
  folder.before_store = [this](const net::TestRequest& request, net::TestConnection&) {
    if (request.target.ends_with("/a")) folder.good_from = 2;
    return false;
  };
  EXPECT_THAT(Read(), ElementsAre(0, 1, 2, 10, 11));
  EXPECT_GE(folder.given(), 2);

  folder.before_store = [this](const net::TestRequest& request, net::TestConnection&) {
    if (request.target.ends_with("/a")) folder.good_from = 1'000'000;
    return false;
  };
  const Error error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(error.message, HasSubstr("ExpiredToken"));
}

TEST_F(DirectoryTest, CredentialsThatHaveEndedAreNotUsed) {
  WriteTwoVersions();
  folder.lifetime_ms = -1000;
  EXPECT_THAT(Read(), ElementsAre(0, 1, 2, 10, 11));
  EXPECT_EQ(folder.given(), static_cast<int>(folder.requests().size()));
}

TEST_F(DirectoryTest, ATableThatMovesWhileItIsReadIsNotMixed) {
  WriteTwoVersions();
  folder.lifetime_ms = -1000;
  folder.before_store = [this](const net::TestRequest&, net::TestConnection&) {
    folder.location = "s3://bucket/another";
    return false;
  };
  const Error error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kMalformed);
  EXPECT_THAT(error.message, HasSubstr("the table has moved"));
}

TEST_F(DirectoryTest, WhatTheServerRefusesIsToldInItsWords) {
  folder.before_share = [](const net::TestRequest& request, net::TestConnection& peer) {
    if (!request.target.ends_with("/temporary-table-credentials")) return false;
    peer.Answer("400 Bad Request",
                R"({"errorCode":"UNSUPPORTED_OPERATION","message":"this table has URLs alone"})");
    return true;
  };
  const Error error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
  EXPECT_THAT(error.message, AllOf(HasSubstr("this table has URLs alone"),
                                   HasSubstr("with the option access 'auto'")));
}

TEST_F(DirectoryTest, WhatTheServerGivesMustBeCredentials) {
  for (const char* place : {"gs://bucket/t", "file:///etc", "/etc", "s3:///t", ""}) {
    folder.location = place;
    EXPECT_EQ(Refusal().kind, ErrorKind::kMalformed) << place;
  }
  folder.before_share = [](const net::TestRequest& request, net::TestConnection& peer) {
    if (!request.target.ends_with("/temporary-table-credentials")) return false;
    peer.Answer("200 OK", R"({"credentials":{"location":"s3://b/t","expirationTime":1,)"
                          R"("awsTempCredentials":{"accessKeyId":"hidden-key"}}})");
    return true;
  };
  const Error error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kMalformed);
  EXPECT_THAT(error.message, HasSubstr("'secretAccessKey' is missing"));
}

TEST_F(DirectoryTest, WhatIsWrongInTheFolderIsNamedBelowIt) {
  EXPECT_EQ(Refusal().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(Refusal().message, HasSubstr("has no Delta log"));
  WriteTwoVersions();
  const std::string whole = folder.Find("b").value();
  folder.Drop("b");
  Error error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kDataMissing);
  EXPECT_THAT(error.message, HasSubstr("file b: the store: b: GET was answered 404"));
  folder.Put("b", whole.substr(0, 20));
  EXPECT_NE(Refusal().kind, ErrorKind::kInternal);
  folder.Put("b", whole);
  folder.Commit(1, "{\"add\":");
  error = Refusal();
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("_delta_log/00000000000000000001.json"));
  share.reader_features = R"(["timeWarp"])";
  folder.Commit(0, folder.Add(FileOfIds("a", 0, 3)));
  folder.Drop("_delta_log/00000000000000000001.json");
  EXPECT_THAT(Refusal().message, HasSubstr("timeWarp"));
}

TEST_F(DirectoryTest, OptionsOfTheStoreAreChecked) {
  WriteTwoVersions();
  for (const auto& [name, expected] : std::map<std::string, std::string>{
           {"colour", "colour"}, {"secretAccessKey", "the table's server gives the credentials"}}) {
    ClientOptions options;
    options.access = Access::kDirectory;
    options.store = {{name, "x"}};
    const auto scan = share.Connect(options)->StartScan(FakeShare::Request());
    ASSERT_FALSE(scan);
    EXPECT_EQ(scan.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(scan.error().message, HasSubstr(expected));
  }
}

TEST_F(DirectoryTest, AnInterruptEndsTheWaitForTheStore) {
  WriteTwoVersions();
  const auto client = folder.Connect();
  folder.before_store = [&](const net::TestRequest&, net::TestConnection& peer) {
    client->Interrupt();
    peer.WaitForClose();
    return true;
  };
  const auto scan = client->StartScan(FakeShare::Request());
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::kCancelled);
}

TEST_F(DirectoryTest, CancellingEndsReadsThatWait) {
  WriteTwoVersions();
  const auto client = folder.Connect();
  std::promise<void> asked;
  std::atomic<bool> told{false};
  folder.before_store = [&](const net::TestRequest& request, net::TestConnection& peer) {
    if (!request.target.ends_with("/a")) return false;
    // An interrupt is for calls that wait, and this scan has started.
    client->Interrupt();
    if (!told.exchange(true)) asked.set_value();
    peer.WaitForClose();
    return true;
  };
  auto scan = client->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  asked.get_future().wait();
  (*scan)->Cancel();
  const auto next = (*scan)->Next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kCancelled);
  scan->reset();  // Joins the thread that waits.
}

/// "id type @version" of each row.
std::vector<std::string> Lines(const arrow::Table& table) {
  const auto whole = table.CombineChunks().ValueOrDie();
  std::vector<std::string> lines;
  for (std::int64_t row = 0; row < whole->num_rows(); ++row) {
    std::string line;
    for (const char* name : {"id", "_change_type", "_commit_version"}) {
      line += whole->GetColumnByName(name)->GetScalar(row).ValueOrDie()->ToString() + " ";
    }
    lines.push_back(line);
  }
  return lines;
}

TEST_F(DirectoryTest, Changes) {
  share.configuration = R"({"delta.enableChangeDataFeed":"true"})";
  share.reader_features = R"(["deletionVectors"])";
  const FakeFile first = FileOfIds("a", 0, 3);
  FakeFile less = first;
  less.deletion_vector = ZeroUuidVector({1});
  folder.Put(kZeroUuidFile, VectorFileOf(VectorBitmap({1})));
  const std::string cdc = ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), "[7,8]"},
                                                  {arrow::field("_change_type", arrow::utf8()),
                                                   R"(["update_preimage","update_postimage"])"}}));
  folder.Put("_change_data/c", cdc);
  folder.Commit(0, folder.Add(first));
  folder.Commit(1, folder.Remove(first) + folder.Add(less));
  folder.Commit(2, fmt::format(R"({{"cdc":{{"path":"_change_data/c","partitionValues":{{}},)"
                               R"("size":{},"dataChange":false}}}})"
                               "\n",
                               cdc.size()));
  folder.Commit(3, folder.Remove(less));
  const auto read = [&](ChangesRequest request) {
    const auto client = folder.Connect();
    const auto scan = client->StartChanges(std::move(request));
    EXPECT_TRUE(scan) << scan.error().message;
    if (!scan) return std::vector<std::string>();
    EXPECT_EQ((*scan)->table_version(), 3);
    const auto table = ReadAll(**scan);
    EXPECT_TRUE(table) << table.error().message;
    return table ? Lines(**table) : std::vector<std::string>();
  };
  const auto read_by_tasks = [&](const ChangesRequest& request) {
    std::vector<std::string> lines;
    const auto plan = folder.Connect()->PlanChanges(request, {1, 1});
    EXPECT_TRUE(plan) << plan.error().message;
    for (const PlannedTask& task : plan ? plan->tasks : std::vector<PlannedTask>()) {
      const auto client = folder.Connect();
      const auto some = Lines(*ReadAll(*client->StartTask(task.bytes).value()).value());
      lines.insert(lines.end(), some.begin(), some.end());
    }
    return lines;
  };
  EXPECT_EQ(read_by_tasks(FakeShare::ChangesFrom(0)), read(FakeShare::ChangesFrom(0)));
  EXPECT_THAT(
      read(FakeShare::ChangesFrom(0)),
      ElementsAre("0 insert 0 ", "1 insert 0 ", "2 insert 0 ", "1 delete 1 ",
                  "7 update_preimage 2 ", "8 update_postimage 2 ", "0 delete 3 ", "2 delete 3 "));
  EXPECT_THAT(read(FakeShare::ChangesFrom(3)), ElementsAre("0 delete 3 ", "2 delete 3 "));
  EXPECT_EQ(share.queries(), 0);
}

TEST_F(DirectoryTest, RowsThatCommitsAdded) {
  folder.Commit(0, folder.Add(FileOfIds("a", 0, 3)));
  folder.Commit(1, folder.Add(FileOfIds("b", 10, 2)));
  folder.Commit(2, folder.Remove(FileOfIds("a", 0, 3)) + folder.Add(FileOfIds("c", 20, 1)));
  folder.Commit(3, folder.Add(FileOfIds("d", 30, 1)));
  ScanRequest request = FakeShare::Request();
  request.starting_version = 1;
  request.ending_version = 1;
  const auto client = folder.Connect();
  EXPECT_THAT(Ids(**ReadAll(*client, request)), ElementsAre(10, 11));
  request.ending_version.reset();
  const auto refused = ReadAll(*client, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("version 2 does not only add rows"));
  request.skip_change_commits = true;
  EXPECT_THAT(Ids(**ReadAll(*client, request)), ElementsAre(10, 11, 30));
  const auto plan = client->PlanScan(request, {1, 1});
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->tasks.size(), 2U);
  EXPECT_THAT(Ids(**ReadAll(*client->StartTask(plan->tasks[1].bytes).value())), ElementsAre(30));
  request.starting_version = 7;
  EXPECT_EQ(client->StartScan(request).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(DirectoryTest, ChangesThatCannotBeReadTogetherAreRefused) {
  share.configuration = R"({"delta.enableChangeDataFeed":"true"})";
  folder.Commit(0, folder.Add(FileOfIds("a", 0, 3)));
  share.schema = SchemaJson({FieldJson("id", Named("string"))});
  folder.Commit(1, folder.MetadataLine());
  const auto scan = folder.Connect()->StartChanges(FakeShare::ChangesFrom(0));
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(scan.error().message, HasSubstr("'id'"));
  auto without = FakeShare::ChangesFrom(5);
  EXPECT_EQ(folder.Connect()->StartChanges(without).error().kind, ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::client
