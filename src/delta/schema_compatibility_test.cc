#include "delta/schema_compatibility.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::delta {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMapped = "name";

/// Members of a field's metadata that name it under column mapping.
std::string Physical(const std::string& name, int id) {
  return fmt::format(R"("delta.columnMapping.physicalName":"{}","delta.columnMapping.id":{})", name,
                     id);
}

std::string Column(const std::string& name, const std::string& type, bool nullable = true,
                   const std::string& metadata = "") {
  const std::string quoted = type.front() == '{' ? type : '"' + type + '"';
  return fmt::format(R"({{"name":"{}","type":{},"nullable":{},"metadata":{{{}}}}})", name, quoted,
                     nullable, metadata);
}

Schema Make(const std::string& columns, const std::string& mapping = "") {
  Metadata metadata;
  metadata.id = "t";
  metadata.schema_string = R"({"type":"struct","fields":[)" + columns + "]}";
  if (!mapping.empty()) metadata.configuration = {{"delta.columnMapping.mode", mapping}};
  auto schema = ParseSchema(metadata);
  EXPECT_TRUE(schema) << schema.error().message;
  return schema ? *std::move(schema) : Schema{};
}

std::string Check(const Schema& written, const Schema& read) {
  const std::vector<std::string> none;
  const auto checked = CheckReadsAs({&written, &none}, {&read, &none});
  if (checked) return "";
  EXPECT_EQ(checked.error().kind, ErrorKind::kUnsupported);
  return checked.error().message;
}

TEST(SchemaCompatibilityTest, ColumnsMayBeAddedAndMadeNullable) {
  const auto old = Make(Column("a", "long", false));
  EXPECT_EQ(Check(old, old), "");
  EXPECT_EQ(Check(old, Make(Column("b", "string") + "," + Column("a", "long"))), "");
  EXPECT_THAT(Check(Make(Column("a", "long")), old), HasSubstr("'a' no longer takes nulls"));
}

TEST(SchemaCompatibilityTest, NoColumnMayGoOrChange) {
  const auto old = Make(Column("a", "integer") + "," + Column("b", "decimal(10,2)"));
  EXPECT_THAT(Check(old, Make(Column("b", "decimal(10,2)"))), HasSubstr("'a' was dropped"));
  EXPECT_THAT(Check(old, Make(Column("a", "long") + "," + Column("b", "decimal(10,2)"))),
              HasSubstr("'a' changed its type"));
  EXPECT_THAT(Check(old, Make(Column("a", "integer") + "," + Column("b", "decimal(12,2)"))),
              HasSubstr("'b' changed its type"));
  const std::string widened = R"("delta.typeChanges":[{"toType":"long","fromType":"integer"}])";
  EXPECT_EQ(Check(Make(Column("a", "integer")), Make(Column("a", "long", true, widened))), "");
}

TEST(SchemaCompatibilityTest, LooksIntoNestedTypes) {
  const auto nested = [](const std::string& inner, bool contains_null = true) {
    return Make(Column("s", fmt::format(R"({{"type":"array","containsNull":{},"elementType":)"
                                        R"({{"type":"struct","fields":[{}]}}}})",
                                        contains_null, inner)));
  };
  EXPECT_EQ(
      Check(nested(Column("x", "long")), nested(Column("x", "long") + "," + Column("y", "long"))),
      "");
  EXPECT_THAT(
      Check(nested(Column("x", "long") + "," + Column("y", "long")), nested(Column("x", "long"))),
      HasSubstr("'s.y' was dropped"));
  EXPECT_THAT(Check(nested(Column("x", "long")), nested(Column("x", "long"), false)),
              HasSubstr("'s' no longer takes nulls"));
}

TEST(SchemaCompatibilityTest, ColumnsUnderMappingAreKnownByTheirPhysicalNames) {
  const auto old = Make(Column("a", "long", true, Physical("col-1", 1)), kMapped);
  EXPECT_THAT(Check(old, Make(Column("b", "long", true, Physical("col-1", 1)), kMapped)),
              HasSubstr("'a' was renamed"));
  EXPECT_THAT(Check(old, Make(Column("a", "long", true, Physical("col-2", 2)), kMapped)),
              HasSubstr("'a' was dropped or replaced"));
  // An upgrade gives columns their names as physical ones.
  const auto plain = Make(Column("a", "long"));
  EXPECT_EQ(Check(plain, Make(Column("a", "long", true, Physical("a", 1)), kMapped)), "");
  EXPECT_THAT(Check(old, plain), HasSubstr("column mapping was turned off"));
}

TEST(SchemaCompatibilityTest, PartitionColumnsMayNotChange) {
  const auto schema = Make(Column("a", "long"));
  const std::vector<std::string> none;
  const std::vector<std::string> some = {"a"};
  const auto checked = CheckReadsAs({&schema, &none}, {&schema, &some});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("partition columns"));
}

}  // namespace
}  // namespace sluice::delta
