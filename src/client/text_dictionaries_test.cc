#include "client/text_dictionaries.h"

#include <arrow/compute/cast.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/data_file_fixture.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<arrow::DataType> TextDictionary() {
  return arrow::dictionary(arrow::int32(), arrow::utf8());
}

/// A column of few texts, one of many, one that the file lacks, and one of the file's partition.
DataFileFixture Texts() {
  DataFileFixture fixture;
  fixture.table = Described({FieldJson("few", Named("string")), FieldJson("id", Named("long")),
                             FieldJson("many", Named("string")), FieldJson("late", Named("string")),
                             FieldJson("day", Named("string"))},
                            {"day"});
  std::string few = "[";
  std::string ids = "[";
  std::string many = "[";
  for (int i = 0; i < 5'000; ++i) {
    const std::string comma = i > 0 ? "," : "";
    few += comma + (i % 7 == 0 ? "null" : "\"text " + std::to_string(i % 5) + "\"");
    ids += comma + std::to_string(i);
    many += comma + "\"" + std::to_string(i * 7919) + std::string(300, 'x') + "\"";
  }
  fixture.bytes = ParquetBytes(JsonTable({{arrow::field("few", arrow::utf8()), few + "]"},
                                          {arrow::field("id", arrow::int64()), ids + "]"},
                                          {arrow::field("many", arrow::utf8()), many + "]"}}),
                               {.group_rows = 2'000});
  fixture.partition_values = {{"day", "2026-11-29"}};
  return fixture;
}

TEST(TextDictionariesTest, HoldTheTextsThatTheFileHas) {
  for (const char* filter : {"", "id > 2500", "few = 'text 3'", "few IS NULL AND many > '2'"}) {
    DataFileFixture fixture = Texts();
    if (*filter != 0) fixture.plan.filter = predicate::ParseSqlPredicate(filter);
    const auto plain = fixture.Read();
    ASSERT_TRUE(plain) << plain.error().message;
    ASSERT_GT((*plain)->num_rows(), 0);
    fixture.plan.text_dictionaries = true;
    const auto encoded = fixture.Read();
    ASSERT_TRUE(encoded) << encoded.error().message;
    for (int i = 0; i < (*plain)->num_columns(); ++i) {
      const bool text = (*plain)->column(i)->type()->id() == arrow::Type::STRING;
      EXPECT_EQ((*encoded)->column(i)->type()->Equals(*TextDictionary()), text);
      const auto back =
          arrow::compute::Cast((*encoded)->column(i), (*plain)->column(i)->type()).ValueOrDie();
      EXPECT_TRUE(back.chunked_array()->Equals(*(*plain)->column(i))) << filter << " " << i;
    }
  }
}

TEST(TextDictionariesTest, AreThoseOfTheFileWhereItHasThem) {
  DataFileFixture fixture = Texts();
  fixture.plan.text_dictionaries = true;
  fixture.plan.columns = {{"few"}};
  const auto table = fixture.Read(500);
  ASSERT_TRUE(table);
  const auto& chunks = (*table)->column(0)->chunks();
  const auto dictionary = [&chunks](std::size_t i) {
    return static_cast<const arrow::DictionaryArray&>(*chunks[i]).dictionary();
  };
  // Also of a batch whose rows have not all of them, as the writer met them.
  for (std::size_t i = 0; i < chunks.size(); ++i) EXPECT_EQ(dictionary(i)->length(), 5);
}

TEST(TextDictionariesTest, WithoutTheTextOfARowAreRefused) {
  const auto encoded = AsTextDictionary(JsonArray(arrow::utf8(), R"(["a", null, "b"])")->data());
  ASSERT_TRUE(encoded) << encoded.error().message;
  auto short_one = (*encoded)->Copy();
  short_one->dictionary = JsonArray(arrow::utf8(), R"(["a"])")->data();
  const auto refused = AsTextDictionary(short_one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("a dictionary of 1 texts has no text 1"));
  short_one->dictionary = JsonArray(arrow::utf8(), "[]")->data();
  EXPECT_FALSE(AsTextDictionary(short_one));
  // What stands in the place of a null is nobody's number.
  const auto nulls = AsTextDictionary(JsonArray(arrow::utf8(), "[null, null]")->data());
  ASSERT_TRUE(nulls);
  EXPECT_TRUE(AsTextDictionary(*nulls));
}

}  // namespace
}  // namespace sluice::client
