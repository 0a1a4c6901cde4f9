#include "client/text_form.h"

#include <arrow/compute/cast.h>
#include <gtest/gtest.h>

#include "client/data_file_fixture.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

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

TEST(TextFormTest, EveryOneHoldsTheTextsOfTheFile) {
  for (const char* filter : {"", "id > 2500", "few = 'text 3'", "few IS NULL AND many > '2'"}) {
    DataFileFixture fixture = Texts();
    if (*filter != 0) fixture.plan.filter = predicate::ParseSqlPredicate(filter);
    const auto plain = fixture.Read();
    ASSERT_TRUE(plain) << plain.error().message;
    ASSERT_GT((*plain)->num_rows(), 0);
    for (const auto& [form, type] : {std::pair(TextForm::kDictionary, TextDictionary()),
                                     std::pair(TextForm::kLarge, arrow::large_utf8())}) {
      fixture.plan.texts = form;
      const auto formed = fixture.Read();
      ASSERT_TRUE(formed) << formed.error().message;
      for (int i = 0; i < (*plain)->num_columns(); ++i) {
        const auto& of_table = (*plain)->column(i)->type();
        const bool text = of_table->id() == arrow::Type::STRING;
        EXPECT_TRUE((*formed)->column(i)->type()->Equals(text ? *type : *of_table));
        const auto back = arrow::compute::Cast((*formed)->column(i), of_table).ValueOrDie();
        EXPECT_TRUE(back.chunked_array()->Equals(*(*plain)->column(i))) << filter << " " << i;
      }
    }
  }
}

TEST(TextFormTest, DictionariesAreThoseOfTheFileWhereItHasThem) {
  DataFileFixture fixture = Texts();
  fixture.plan.texts = TextForm::kDictionary;
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

}  // namespace
}  // namespace sluice::client
