#include "recipient_output.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "recipient_progress.h"
#include "recipient_writers.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

class OutputTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-output-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::size_t FileCount() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  fs::path folder_;
};

TEST_F(OutputTest, AFileAppearsWholeOrNotAtAll) {
  const fs::path path = folder_ / "out";
  std::ofstream(path) << "old";
  {
    auto output = Output::Open(path);
    ASSERT_TRUE(output);
    ASSERT_TRUE((*output)->stream()->Write("new").ok());
  }
  EXPECT_EQ(FileCount(), 1U);
  EXPECT_EQ(fs::file_size(path), 3U);
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "old");

  auto output = Output::Open(path);
  ASSERT_TRUE(output);
  ASSERT_TRUE((*output)->stream()->Write("newer").ok());
  ASSERT_TRUE((*output)->Commit());
  std::ifstream(path) >> text;
  EXPECT_EQ(fs::file_size(path), 5U);
  EXPECT_EQ(FileCount(), 1U);
}

TEST_F(OutputTest, AFolderThatIsMissingIsNamed) {
  const auto output = Output::Open(folder_ / "none" / "out");
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(output.error().message.find("none/out"), std::string::npos);
}

TEST_F(OutputTest, DevicesAreWrittenInPlace) {
  auto output = Output::Open("/dev/null");
  ASSERT_TRUE(output);
  ASSERT_TRUE((*output)->stream()->Write("x").ok());
  EXPECT_TRUE((*output)->Commit());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(DescriptorStream, SaysWhenTheReaderIsGone) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  const auto previous = ::signal(SIGPIPE, SIG_IGN);
  DescriptorStream stream(ends[1], true);
  ASSERT_TRUE(stream.Write("x").ok());
  EXPECT_FALSE(stream.reader_gone());
  EXPECT_FALSE(stream.Flush().ok());
  EXPECT_TRUE(stream.reader_gone());
  ::signal(SIGPIPE, previous);
}

std::shared_ptr<arrow::RecordBatch> Batch() {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("a,\"b", arrow::utf8()),
                     arrow::field("l", arrow::list(arrow::int32()))});
  const auto rows = arrow::json::ArrayFromJSONString(
      arrow::struct_(schema->fields()),
      R"([{"id": 1, "a,\"b": "x", "l": [1, 2]}, {"id": null, "a,\"b": "", "l": null},
          {"id": 3, "a,\"b": "q\"\n", "l": []}, {"id": 4, "a,\"b": null, "l": [7]}])");
  return arrow::RecordBatch::FromStructArray(rows.ValueOrDie()).ValueOrDie();
}

std::shared_ptr<arrow::Buffer> Written(OutputFormat format) {
  auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  auto writer = MakeWriter(format, Batch()->schema(), out.get());
  EXPECT_TRUE(writer);
  EXPECT_TRUE((*writer)->Write(*Batch()));
  EXPECT_TRUE((*writer)->Finish());
  return out->Finish().ValueOrDie();
}

TEST(Writers, Csv) {
  EXPECT_EQ(Written(OutputFormat::kCsv)->ToString(),
            "id,\"a,\"\"b\",l\n"
            "1,x,\"[1,2]\"\n"
            ",\"\",\n"
            "3,\"q\"\"\n\",[]\n"
            "4,,[7]\n");
}

TEST(Writers, Json) {
  EXPECT_EQ(Written(OutputFormat::kJson)->ToString(),
            "{\"id\":1,\"a,\\\"b\":\"x\",\"l\":[1,2]}\n"
            "{\"id\":null,\"a,\\\"b\":\"\",\"l\":null}\n"
            "{\"id\":3,\"a,\\\"b\":\"q\\\"\\n\",\"l\":[]}\n"
            "{\"id\":4,\"a,\\\"b\":null,\"l\":[7]}\n");
}

TEST(Writers, ArrowReadsBackEqual) {
  arrow::io::BufferReader in(Written(OutputFormat::kArrow));
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(&in).ValueOrDie();
  EXPECT_TRUE(reader->Next().ValueOrDie()->Equals(*Batch()));
}

TEST(Writers, ParquetReadsBackEqual) {
  const auto in = std::make_shared<arrow::io::BufferReader>(Written(OutputFormat::kParquet));
  auto reader = parquet::arrow::OpenFile(in, arrow::default_memory_pool()).ValueOrDie();
  const auto table = reader->ReadTable().ValueOrDie();
  EXPECT_TRUE(table->Equals(*arrow::Table::FromRecordBatches({Batch()}).ValueOrDie()));
}

TEST(Progress, NumbersAreForPeople) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(999'999), "1.00 MB");
  EXPECT_EQ(HumanBytes(15'300'000), "15.3 MB");
  EXPECT_EQ(GroupedDigits(999), "999");
  EXPECT_EQ(GroupedDigits(-1234567), "-1,234,567");
}

TEST(Progress, TheLineFitsTheTerminal) {
  const client::ScanProgress progress{8, true, 4, 4'000'000, 2'000'000, 1'500'000};
  EXPECT_EQ(ProgressLine(progress, 2, 100),
            "████████████░░░░░░░░░░░░ 4/8 files, 1,500,000 rows, 2.00 MB at 1.00 MB/s");
  EXPECT_EQ(ProgressLine(progress, 2, 20), "4/8 files, 1,500,00");
}

}  // namespace
}  // namespace sluice::apps
