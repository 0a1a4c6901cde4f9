#include "client/text_dictionary.h"

#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include <random>
#include <string>

#include "client/column_adapter.h"
#include "client/data_file_fixture.h"

namespace sluice::client {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<arrow::DictionaryArray> Encoded(const std::shared_ptr<arrow::Array>& texts) {
  const auto encoded = arrow::compute::DictionaryEncode(arrow::Datum(texts)).ValueOrDie();
  return std::static_pointer_cast<arrow::DictionaryArray>(encoded.make_array());
}

/// Both forms of the texts of `column` are what Arrow makes of it.
void ExpectSameAsArrow(const std::shared_ptr<arrow::Array>& column) {
  const auto utf8 = LookUpTexts<std::int32_t>(*column->data());
  ASSERT_TRUE(utf8) << utf8.error().message;
  const auto large = LookUpTexts<std::int64_t>(*column->data());
  ASSERT_TRUE(large) << large.error().message;
  for (const auto& data : {*utf8, *large}) {
    const auto array = arrow::MakeArray(data);
    ASSERT_TRUE(array->ValidateFull().ok()) << array->ValidateFull().ToString();
    const auto cast = arrow::compute::Cast(*column, array->type()).ValueOrDie();
    EXPECT_TRUE(array->Equals(*cast)) << array->ToString();
    EXPECT_EQ(array->null_count(), cast->null_count());
  }
}

TEST(TextDictionaryTest, TextsAreThoseOfTheirNumbers) {
  for (const char* json :
       {R"(["a", "b", "a", "sixteen of bytes", "seventeen of bytes", ""])", R"(["a", null, "a"])",
        R"([null, "longer than sixteen bytes, and again longer", null])", "[null, null]", "[]"}) {
    ExpectSameAsArrow(Encoded(JsonArray(arrow::utf8(), json)));
  }
}

TEST(TextDictionaryTest, PartsOfAColumnHaveTheirOwnTexts) {
  std::mt19937 random(20261129);
  for (const bool nulls : {false, true}) {
    arrow::StringBuilder builder;
    for (int i = 0; i < 500; ++i) {
      if (nulls && random() % 5 == 0) {
        ASSERT_TRUE(builder.AppendNull().ok());
      } else {
        ASSERT_TRUE(
            builder.Append(std::string(random() % 40, static_cast<char>('a' + i % 7))).ok());
      }
    }
    const auto column = Encoded(builder.Finish().ValueOrDie());
    for (int i = 0; i < 50; ++i) {
      const auto begin = static_cast<std::int64_t>(random() % 500);
      ExpectSameAsArrow(column->Slice(begin, static_cast<std::int64_t>(random() % 100)));
    }
    // And of a dictionary.
    const auto dictionary = column->dictionary()->Slice(3, 5);
    const auto numbers = JsonArray(arrow::int32(), "[4, 0, null, 2]");
    ExpectSameAsArrow(
        std::make_shared<arrow::DictionaryArray>(column->type(), numbers, dictionary));
  }
}

TEST(TextDictionaryTest, WithoutTheTextOfARowItIsRefused) {
  const auto column = Encoded(JsonArray(arrow::utf8(), R"(["a", null, "b"])"))->data();
  for (const char* dictionary : {R"(["a"])", "[]"}) {
    const auto short_one = column->Copy();
    short_one->dictionary = JsonArray(arrow::utf8(), dictionary)->data();
    const auto refused = LookUpTexts<std::int64_t>(*short_one);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr(" texts has no text 1"));
    EXPECT_FALSE(CheckNumbers(*short_one));
    // Also where the file says that it is one, and the cast would look it up.
    delta::DataType text;
    text.kind = delta::DataType::Kind::kString;
    delta::Field want;
    want.type = std::make_shared<const delta::DataType>(text);
    parquet::arrow::SchemaField have;
    have.field = arrow::field("text", column->type);
    const auto adapter = ColumnAdapter::Make(want, &have, delta::ColumnMappingMode::kNone);
    ASSERT_TRUE(adapter) << adapter.error().message;
    ASSERT_TRUE(adapter->Apply(column, column->length));
    EXPECT_FALSE(adapter->Apply(short_one, short_one->length));
  }
}

/// How a file of these texts, of one row group, says that it holds them.
bool IsFileReadFast(const std::string& json_texts, bool dictionary = true) {
  const std::string bytes = ParquetBytes(
      JsonTable({{arrow::field("text", arrow::utf8()), json_texts}}), {.dictionary = dictionary});
  const auto file = parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
  return IsReadFastAsDictionary(*file->metadata()->RowGroup(0)->ColumnChunk(0));
}

TEST(TextDictionaryTest, ReadingOneIsFastWhereManyRowsHaveFewTexts) {
  std::string few = "[";
  std::string each = "[";
  std::string more_than_a_dictionary = "[";
  for (int i = 0; i < 20'000; ++i) {
    const std::string comma = i > 0 ? "," : "";
    few += comma + "\"text " + std::to_string(i % 100) + "\"";
    each += comma + "\"text " + std::to_string(i * 7919) + "\"";
    more_than_a_dictionary += comma + "\"" + std::to_string(i) + std::string(100, 'x') + "\"";
  }
  EXPECT_TRUE(IsFileReadFast(few + "]"));
  EXPECT_FALSE(IsFileReadFast(few + "]", /*dictionary=*/false));
  EXPECT_FALSE(IsFileReadFast(each + "]"));
  EXPECT_FALSE(IsFileReadFast(more_than_a_dictionary + "]"));
}

TEST(TextDictionaryTest, MoreTextThanAColumnHoldsComesInParts) {
  constexpr std::int64_t kRows = 300;
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("text", Named("string"))});
  const auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto number = std::make_shared<arrow::Int32Scalar>(0);
  const auto column = std::make_shared<arrow::DictionaryArray>(
      type, arrow::MakeArrayFromScalar(*number, kRows).ValueOrDie(),
      JsonArray(arrow::utf8(), "[\"" + std::string(8 << 20, 'x') + "\"]"));
  fixture.bytes = ParquetBytes(
      arrow::Table::Make(arrow::schema({arrow::field("text", type)}), arrow::ArrayVector{column}));
  const auto file = fixture.Open();
  ASSERT_TRUE(file) << file.error().message;
  UnitReader reader = file->Read(0, kRows);
  ASSERT_TRUE(reader.Start());
  std::vector<std::int64_t> rows;
  for (;;) {
    const auto batch = reader.Next();
    ASSERT_TRUE(batch) << batch.error().message;
    if (*batch == nullptr) break;
    rows.push_back((*batch)->num_rows());
    const auto& texts = static_cast<const arrow::StringArray&>(*(*batch)->column(0));
    EXPECT_EQ(texts.value_length(texts.length() - 1), 8 << 20);
  }
  EXPECT_THAT(rows, ::testing::ElementsAre(255, 45));
}

}  // namespace
}  // namespace sluice::client
