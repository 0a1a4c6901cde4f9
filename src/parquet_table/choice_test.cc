#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "parquet_table/file_choice.h"
#include "parquet_table/hive_partitions.h"
#include "parquet_table/schema_merge.h"

namespace sluice::parquet_table {
namespace {

using storage::ObjectMeta;
using testing::HasSubstr;

std::vector<ObjectMeta> Listing(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  std::vector<ObjectMeta> listing;
  listing.reserve(keys.size());
  for (auto& key : keys) listing.push_back({std::move(key), 1, 1});
  return listing;
}

/// The chosen keys, joined by spaces, or the error.
std::string Chosen(std::vector<std::string> keys, std::vector<std::string> patterns = {}) {
  std::vector<Glob> globs;
  globs.reserve(patterns.size());
  for (const auto& pattern : patterns) globs.push_back(Glob::Parse(pattern).value());
  const auto choice = ChooseFiles(Listing(std::move(keys)), globs);
  if (!choice) return "error " + choice.error().message;
  if (choice->has_log) return "log";
  std::string out;
  for (const auto& file : choice->files) out += (out.empty() ? "" : " ") + file.key;
  return out;
}

TEST(ChooseFiles, ParquetFilesThatAreNotHidden) {
  EXPECT_EQ(
      Chosen({"a.parquet", "b.PARQUET", "c.csv", "_SUCCESS", "_metadata.parquet", ".parquet",
              ".x.parquet", "x/y/z.snappy.parquet", "_temporary/0/d.parquet", ".tmp/e.parquet",
              "_c=1.parquet", "_day=1/f.parquet", "a.parquet.crc", "d=1/.g.parquet"}),
      "_day=1/f.parquet a.parquet b.PARQUET x/y/z.snappy.parquet");
}

TEST(ChooseFiles, PatternsChooseInstead) {
  const std::vector<std::string> keys = {"y=1/a.parquet", "y=1/b.parq", "y=2/a.parquet",
                                         "c.parquet", "y=1/deep/d.parquet"};
  EXPECT_EQ(Chosen(keys, {"y=*/*.parquet"}), "y=1/a.parquet y=2/a.parquet");
  EXPECT_EQ(Chosen(keys, {"y=1/*", "*.parquet"}), "c.parquet y=1/a.parquet y=1/b.parq");
  EXPECT_EQ(Chosen({"_x/a", "_x=1/a", "_x=1/_y=2", ".z/a"}, {"_*/*", "_*/_*", ".*/*"}), "_x=1/a");
  EXPECT_EQ(ListingPrefix({Glob::Parse("y=1/a*").value(), Glob::Parse("y=2/**").value()}), "y=");
  EXPECT_EQ(ListingPrefix({}), "");
}

TEST(ChooseFiles, OtherTablesAreNotTakenForFiles) {
  EXPECT_EQ(Chosen({"a.parquet", "_delta_log/00000000000000000000.json"}), "log");
  EXPECT_THAT(Chosen({"a.parquet", "_delta_log/00000000000000000000.json"}, {"*.parquet"}),
              HasSubstr("its log says"));
  EXPECT_THAT(Chosen({"a.parquet", "t/b.parquet", "t/_delta_log/00000000000000000000.json"}),
              HasSubstr("'t/' is a Delta table"));
  EXPECT_EQ(Chosen({"a.parquet", "t/b.parquet", "t/_delta_log/00000000000000000000.json"}, {"*"}),
            "a.parquet");
  EXPECT_THAT(Chosen({"data/a.parquet", "metadata/v1.metadata.json"}), HasSubstr("Iceberg"));
  EXPECT_THAT(Chosen({"a.parquet", ".hoodie/hoodie.properties"}), HasSubstr("Hudi"));
  EXPECT_EQ(Chosen({"data/a.parquet", "metadata/v1.metadata.json"}, {"data/*"}), "data/a.parquet");
}

/// The partition columns with their types, then each file's values; or the error.
std::string Partitions(const std::vector<std::string>& keys) {
  const auto partitions = HivePartitions::Infer(Listing(keys));
  if (!partitions) return partitions.error().message;
  std::string out;
  for (const auto& field : partitions->fields()) {
    out += field.name + ":" + std::to_string(static_cast<int>(field.type->kind)) + " ";
  }
  for (const auto& file : Listing(keys)) {
    for (const auto& [name, value] : partitions->ValuesOf(file.key))
      out += value.value_or("NULL") + ",";
  }
  return out;
}

TEST(HivePartitions, ValuesDecideTheType) {
  EXPECT_EQ(Partitions({"m=01/a", "m=12/b"}), "m:2 1,12,");
  EXPECT_EQ(Partitions({"m=1/a", "m=3000000000/b"}), "m:1 1,3000000000,");
  EXPECT_EQ(Partitions({"m=-5/a", "m=__HIVE_DEFAULT_PARTITION__/b", "m=/c"}), "m:2 -5,NULL,NULL,");
  EXPECT_EQ(Partitions({"d=2024-01-31/a", "d=2024-02-29/b"}), "d:10 2024-01-31,2024-02-29,");
  EXPECT_EQ(Partitions({"d=2024-01-31/a", "d=2024-02-30/b"}), "d:0 2024-01-31,2024-02-30,");
  EXPECT_EQ(Partitions({"x=1/a", "x=2.5/b"}), "x:0 1,2.5,");
  EXPECT_EQ(Partitions({"x=99999999999999999999/a"}), "x:0 99999999999999999999,");
  EXPECT_EQ(Partitions({"x=/a"}), "x:0 NULL,");
  EXPECT_EQ(Partitions({"plain/a", "b"}), "");
}

TEST(HivePartitions, NamesAndValuesAreDecoded) {
  EXPECT_EQ(Partitions({"a%20b=x%2Fy/k=100%/f"}), "a b:0 k:0 x/y,100%,");
  EXPECT_EQ(Partitions({"a=b=c/f"}), "a:0 b=c,");
  EXPECT_EQ(Partitions({"=x/f"}), "");
}

TEST(HivePartitions, FilesOfDifferentColumnsAreRefusedByName) {
  EXPECT_THAT(Partitions({"a=1/f", "a=1/b=2/g"}),
              testing::AllOf(HasSubstr("'a=1/f'"), HasSubstr("'a=1/b=2/g'")));
  EXPECT_THAT(Partitions({"a=1/b=2/f", "b=1/a=2/f"}), HasSubstr("different partition columns"));
  EXPECT_THAT(Partitions({"a=1/A=2/f"}), HasSubstr("'a' and 'A'"));
}

using Kind = delta::DataType::Kind;

delta::Field MakeField(const std::string& name, Kind kind, std::vector<delta::Field> inner = {}) {
  auto type = std::make_shared<delta::DataType>();
  type->kind = kind;
  type->fields = std::move(inner);
  delta::Field field;
  field.name = field.physical_name = name;
  field.type = std::move(type);
  return field;
}

std::shared_ptr<const FileColumns> File(std::vector<delta::Field> fields) {
  return std::make_shared<FileColumns>(FileColumns{std::move(fields), ""});
}

TEST(SchemaMerge, ColumnsAppearInTheirFirstOrder) {
  SchemaMerge merge;
  ASSERT_TRUE(merge.Add(File({MakeField("b", Kind::kLong), MakeField("n", Kind::kVoid)}), "1"));
  ASSERT_TRUE(merge.Add(File({MakeField("a", Kind::kDate), MakeField("b", Kind::kLong)}), "2"));
  ASSERT_TRUE(merge.Add(File({MakeField("n", Kind::kString), MakeField("b", Kind::kVoid)}), "3"));
  const auto fields = merge.Finish();
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].name, "b");
  EXPECT_EQ(fields[0].type->kind, Kind::kLong);
  EXPECT_EQ(fields[1].name, "n");
  EXPECT_EQ(fields[1].type->kind, Kind::kString);
  EXPECT_EQ(fields[2].name, "a");
}

TEST(SchemaMerge, StructsAreMergedInside) {
  SchemaMerge merge;
  const auto with = [](std::vector<delta::Field> inner) {
    return File(
        {MakeField("s", Kind::kArray, {MakeField("element", Kind::kStruct, std::move(inner))})});
  };
  ASSERT_TRUE(merge.Add(with({MakeField("x", Kind::kLong)}), "1"));
  ASSERT_TRUE(merge.Add(with({MakeField("y", Kind::kDate)}), "2"));
  const auto conflict = merge.Add(with({MakeField("y", Kind::kLong)}), "3");
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().message, "column 's.element.y' is date in '2' and long in '3'");
  EXPECT_EQ(merge.Finish()[0].type->fields[0].type->fields.size(), 2U);
}

TEST(SchemaMerge, ConflictsNameColumnTypesAndFiles) {
  SchemaMerge merge;
  ASSERT_TRUE(merge.Add(File({MakeField("n", Kind::kVoid)}), "0"));
  ASSERT_TRUE(merge.Add(File({MakeField("n", Kind::kLong)}), "1"));
  const auto types = merge.Add(File({MakeField("n", Kind::kInteger)}), "2");
  ASSERT_FALSE(types);
  EXPECT_EQ(types.error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(types.error().message, "column 'n' is long in '1' and integer in '2'");
  const auto names = merge.Add(File({MakeField("N", Kind::kLong)}), "3");
  ASSERT_FALSE(names);
  EXPECT_THAT(names.error().message, HasSubstr("column 'n' in '1' and 'N' in '3'"));
}

}  // namespace
}  // namespace sluice::parquet_table
