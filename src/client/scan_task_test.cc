// Scans split into tasks that another client reads.
#include "client/scan_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/deletion_vector_fixture.h"
#include "client/fake_share.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr TaskOptions kOneFileEach{1, 1};

TaskPlan Plan(const FakeShare& share, const ScanRequest& request,
              const TaskOptions& options = kOneFileEach) {
  auto plan = share.Connect()->PlanScan(request, options);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan.value_or(TaskPlan{});
}

/// The rows of each task, by a client of its own.
std::vector<std::vector<std::int64_t>> IdsOfTasks(const FakeShare& share, const TaskPlan& plan) {
  std::vector<std::vector<std::int64_t>> out;
  for (const PlannedTask& task : plan.tasks) {
    const auto scan = share.Connect()->StartTask(task.bytes);
    EXPECT_TRUE(scan) << scan.error().message;
    if (!scan) continue;
    EXPECT_EQ((*scan)->table_version(), plan.table_version);
    EXPECT_TRUE((*scan)->schema()->Equals(*plan.schema));
    const auto table = ReadAll(**scan);
    EXPECT_TRUE(table) << table.error().message;
    out.push_back(table ? Ids(**table) : std::vector<std::int64_t>());
  }
  return out;
}

void AddFiles(FakeShare* share, int files, std::int64_t rows) {
  for (int i = 0; i < files; ++i) {
    share->files.push_back(FileOfIds("f" + std::to_string(i), i * rows, rows));
  }
}

TEST(ScanTaskTest, TasksAreThePartsOfTheScan) {
  for (const bool delta : {false, true}) {
    FakeShare share;
    share.delta = delta;
    AddFiles(&share, 4, 2);
    const TaskPlan plan = Plan(share, FakeShare::Request());
    EXPECT_EQ(share.queries(), 1);
    EXPECT_EQ(plan.table_version, 3);
    ASSERT_EQ(plan.tasks.size(), 4U);
    EXPECT_EQ(plan.tasks[0].files, 1);
    EXPECT_EQ(plan.tasks[0].file_bytes, static_cast<std::int64_t>(share.files[0].bytes.size()));
    EXPECT_THAT(IdsOfTasks(share, plan), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3),
                                                     ElementsAre(4, 5), ElementsAre(6, 7)));
    EXPECT_EQ(share.queries(), 1) << "a task needs no listing";
    for (const PlannedTask& task : plan.tasks) {
      EXPECT_THAT(task.bytes, Not(HasSubstr("secret-token")));
    }
  }
}

TEST(ScanTaskTest, AreAsLargeAsAsked) {
  FakeShare share;
  AddFiles(&share, 6, 2);
  const auto file = static_cast<std::int64_t>(share.files[0].bytes.size());
  const auto counts = [&](const TaskOptions& options) {
    std::vector<std::int64_t> files;
    for (const auto& task : Plan(share, FakeShare::Request(), options).tasks) {
      files.push_back(task.files);
    }
    return files;
  };
  EXPECT_THAT(counts({}), ElementsAre(6));
  EXPECT_THAT(counts({2 * file + 1, 1}), ElementsAre(2, 2, 2));
  EXPECT_THAT(counts({1 << 30, 3}), ElementsAre(2, 2, 2));
  EXPECT_THAT(counts({1 << 30, 100}), ElementsAre(1, 1, 1, 1, 1, 1));
  share.files.clear();
  EXPECT_THAT(counts({}), IsEmpty());
  for (const TaskOptions& options : {TaskOptions{0, 1}, TaskOptions{1, 0}}) {
    const auto refused = share.Connect()->PlanScan(FakeShare::Request(), options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument);
  }
}

TEST(ScanTaskTest, CarryWhatIsWanted) {
  FakeShare share;
  share.delta = true;
  AddFiles(&share, 3, 10);
  share.files[1].stats = R"({"numRecords":10,"minValues":{"id":10},"maxValues":{"id":19}})";
  share.blobs["v"] = VectorFileOf(VectorBitmap({1, 2}));
  share.files[2].deletion_vector = VectorJson("v", {1, 2});
  ScanRequest request = FakeShare::Request();
  request.columns = {"id"};
  request.filter = predicate::ParseSqlPredicate("id < 5 or `id` >= 20 and id <> 24");
  request.keep_order = false;
  const TaskPlan plan = Plan(share, request);
  EXPECT_THAT(IdsOfTasks(share, plan),
              ElementsAre(ElementsAre(0, 1, 2, 3, 4), ElementsAre(20, 23, 25, 26, 27, 28, 29)))
      << "the file between is skipped when the scan is split";
  request.filter = nullptr;
  request.limit = 3;
  EXPECT_THAT(IdsOfTasks(share, Plan(share, request)),
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(10, 11, 12), ElementsAre(20, 23, 24)));
}

TEST(ScanTaskTest, TextsHaveTheFormThatTheScanAsksFor) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("text", Named("string"))});
  const auto table = JsonTable({{arrow::field("text", arrow::utf8()), R"(["a", null, "a"])"}});
  share.files.push_back({"f", ParquetBytes(table), "{}", "", ""});
  for (const TextForm form : {TextForm::kUtf8, TextForm::kDictionary, TextForm::kLarge}) {
    ScanRequest request = FakeShare::Request();
    request.texts = form;
    const TaskPlan plan = Plan(share, request);
    ASSERT_EQ(plan.tasks.size(), 1U);
    const auto rows = ReadAll(*share.Connect()->StartTask(plan.tasks[0].bytes).value());
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(TextFormOf(*(*rows)->column(0)->type()), form);
    EXPECT_TRUE((*rows)->schema()->Equals(*plan.schema));
  }
}

TEST(ScanTaskTest, RowsAreCountedWithoutReadingFiles) {
  FakeShare share;
  AddFiles(&share, 2, 10);
  for (FakeFile& file : share.files) file.stats = R"({"numRecords":10})";
  ScanRequest request = FakeShare::Request();
  request.columns.emplace();
  const TaskPlan plan = Plan(share, request, {});
  ASSERT_EQ(plan.tasks.size(), 1U);
  const auto scan = share.Connect()->StartTask(plan.tasks[0].bytes).value();
  std::int64_t rows = 0;
  while (const auto batch = scan->Next().value()) rows += batch->num_rows();
  EXPECT_EQ(rows, 20);
  EXPECT_EQ(scan->Progress().bytes_read, 0);
}

TEST(ScanTaskTest, UrlsThatHaveExpiredAreAskedForAnew) {
  FakeShare share;
  AddFiles(&share, 3, 2);
  const TaskPlan plan = Plan(share, FakeShare::Request());
  share.Expire();
  EXPECT_THAT(IdsOfTasks(share, plan),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4, 5)));
  EXPECT_EQ(share.queries(), 4);
  EXPECT_THAT(share.requests().back().target, HasSubstr("/files/1/"));

  share.Expire();
  share.version = 4;  // It answers no other version.
  const auto moved = ReadAll(*share.Connect()->StartTask(plan.tasks[0].bytes).value());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().kind, ErrorKind::kDataMissing);
  EXPECT_THAT(moved.error().message, HasSubstr("from version 3 to 4"));
}

TEST(ScanTaskTest, WhatIsNoTaskIsRefusedByName) {
  FakeShare share;
  AddFiles(&share, 1, 2);
  const std::string task = Plan(share, FakeShare::Request()).tasks.at(0).bytes;
  const auto refusal = [&](std::string_view text) {
    const auto scan = share.Connect()->StartTask(text);
    EXPECT_FALSE(scan);
    return scan ? Error{} : scan.error();
  };
  const auto with = [&](const std::string& before, const std::string& after) {
    std::string text = task;
    const auto at = text.find(before);
    EXPECT_NE(at, std::string::npos) << before;
    return text.replace(at, before.size(), after);
  };
  EXPECT_EQ(refusal(with(R"("scanTask":1)", R"("scanTask":2)")).kind, ErrorKind::kUnsupported);
  const std::pair<std::string, std::string> cases[] = {
      {"", "no scan task"},
      {"PAR1", "no scan task"},
      {"{}", "'scanTask'"},
      {with(R"("access":"url")", R"("access":7)"), "'access'"},
      {with(R"("table":[)", R"("table":[3,)"), "'table'"},
      {with(R"("keepOrder":true)", R"("keepOrder":1)"), "'keepOrder'"},
      {with(R"("textType":"utf8")", R"("textType":"utf16")"), "'textType'"},
      {with(R"("version":3)", R"("version":-3)"), "'version'"},
      {with("\"keepOrder\"", "\"filter\":\"f(x)\",\"keepOrder\""), "'filter'"},
      {with("\"size\":", "\"size\":-"), "scan task: line"},
      {task.substr(0, task.find('\n') + 1), "'metaData'"}};
  for (const auto& [text, message] : cases) {
    const Error error = refusal(text);
    EXPECT_THAT(error.kind, testing::AnyOf(ErrorKind::kMalformed, ErrorKind::kInvalidArgument));
    EXPECT_THAT(error.message, HasSubstr(message));
  }
  for (std::size_t size = 0; size + 2 < task.size(); size += 7) {
    EXPECT_NE(refusal(std::string_view(task).substr(0, size)).message, "");
  }
  const std::string away = with(share.Url("/files"), "file:///etc");
  const auto other_scheme = ReadAll(*share.Connect()->StartTask(away).value());
  ASSERT_FALSE(other_scheme);
  EXPECT_EQ(other_scheme.error().kind, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace sluice::client
